package decode

import (
	"context"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeDedupDat looks at a content that is filed under its hash. The records of the
// collection attachments name it; one that none names is an attachment of its own.
func decodeDedupDat(ctx context.Context, in *input, out *output) error {
	hash := in.class.ID
	out.noteMark()
	out.standAs(record.RankCollection)
	if in.file.Bytes == 0 {
		out.warn("missing-blob", hash, "the file is empty")
		return nil
	}
	f, err := in.src.Reader(ctx, in.file.Path, in.advance)
	if err != nil {
		return out.failed(err)
	}
	defer f.Close()
	d := &Filed{path: in.file.Path}
	if err := d.Decode(rawjson.PlainText(f)); err != nil {
		return out.failed(err)
	}
	switch {
	case d.Undecodable:
		out.warn("undecodable-base64", hash, "the text is kept as it is")
	case d.Sum != hash:
		out.warn("ca-hash-mismatch", hash, "the content's hash is "+d.Sum)
	}
	about := in.scan.small(ctx, strings.TrimSuffix(in.file.Path, ".dat")+".meta.json")
	if mime := d.mime(); rawjson.Last(about, "mimeType") == nil && mime != "" {
		about = append(about, rawjson.NewMember("mimeType", rawjson.QuoteText(mime)))
	}
	return out.unnamed(hash, in.src.Content(in.file.Path, record.ContentDat), about)
}

// unnamed gives a content to the attachments that are said to use it and have no
// record, or makes it one of its own if nothing names it.
func (out *output) unnamed(hash string, content *record.Content, about []rawjson.Member) error {
	st := &out.scan.stock
	var ids []string
	for _, id := range st.uses[hash] {
		if !st.ids[id] {
			out.warn("missing-entity", id, refsKey+" names it, and it has no record")
			ids = append(ids, id)
		}
	}
	if len(st.uses[hash]) == 0 && !st.named[hash] {
		out.warn("orphan-blob", hash, "no attachment has this hash")
		ids = []string{hash}
	}
	for i, id := range ids {
		err := out.candidate(record.Candidate{Collection: "attachments", ID: id, Seq: i, Raw: compose(id, hash, about), Composed: true, Content: content})
		if err != nil {
			return err
		}
	}
	return nil
}

// dedupMembers are those of the description of a content; the record that names it has its own.
var dedupMembers = names.Set("hash", "mimeType", "size", "createdAt")

// decodeDedupMeta looks at the description of such a content. Without the content and
// without a record that names it, it is all that is left of an attachment.
func decodeDedupMeta(ctx context.Context, in *input, out *output) error {
	hash := in.class.ID
	out.standAs(record.RankCollection)
	raw, err := out.description(in.layer(ctx))
	named := in.scan.stock.named[hash]
	if list, _ := rawjson.Members(raw); named && slices.ContainsFunc(list, func(m rawjson.Member) bool { return !dedupMembers[m.Name] }) {
		out.warn("unknown-field", hash, "the description of a content says more than the record that names it")
		out.keep("says more than the record that names the content")
	}
	if err != nil || in.scan.stock.dat[hash] != "" || named {
		return err
	}
	out.warn("missing-blob", hash, "no content is beside the description")
	list, _ := rawjson.Members(raw)
	return out.candidate(record.Candidate{Collection: "attachments", ID: hash, Raw: compose(hash, hash, list), Composed: true})
}

// small returns the members of the object in a small file; nil without one.
func (sc *scan) small(ctx context.Context, name string) []rawjson.Member {
	f := sc.at(name)
	if f == nil || f.Err != nil || f.Bytes > maxMeta {
		return nil
	}
	list, err := layerMembers(sc.src.Text(ctx, name, &rawjson.Notes{}, nil))
	if err != nil {
		return nil
	}
	return list
}

// refsKey is the collection that counts the uses of deduplicated contents.
const refsKey = "attachment_refs"

// count notes which attachments are said to use which content.
func (st *stock) count(raw jsontext.Value) {
	refs, ok := rawjson.Elements(raw)
	st.counted = st.counted || ok
	for _, ref := range refs {
		list, _ := rawjson.Members(ref)
		hash := strings.ToLower(rawjson.TextOf(rawjson.Last(list, "hash")))
		ids, _ := rawjson.Elements(rawjson.Last(list, "attachmentIds"))
		for _, id := range ids {
			if id := rawjson.IDText(id); id != "" && st.dat[hash] != "" {
				Put(&st.uses, hash, append(st.uses[hash], id))
			}
		}
	}
}
