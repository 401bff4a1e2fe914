package decode

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeCAMeta reads what the application kept about a content under its hash: each
// of the references in it is an attachment. A copy of the file says nothing unless
// the file itself cannot be read.
func decodeCAMeta(ctx context.Context, in *input, out *output) error {
	e := in.scan.stock.entry(in.class.ID)
	staged := in.class.Variant == "staged"
	if in.class.Variant != "" && !staged && e.known {
		return nil
	}
	list, err := out.object(ctx, in)
	if err != nil || list == nil {
		return err
	}
	if says := rawjson.TextOf(rawjson.Last(list, "hash")); says != "" && !strings.EqualFold(says, e.hash) {
		out.warn("ca-hash-mismatch", e.hash, "the description says "+says)
	}
	best, err := in.scan.resolve(ctx, e)
	if err != nil {
		return err
	}
	if !staged {
		e.known, e.mime = in.class.Variant == "", rawjson.TextOf(rawjson.Last(list, "mimeType"))
		if out.standAs(record.RankCollection); in.class.Variant != "" {
			out.warn("restored-from-backup", e.hash, "the description itself cannot be read")
		}
	}
	return out.references(e, best, list, in.class.Variant == "")
}

// object reads the object that a file holds, in whatever wrappers; nil when there is
// none in it, of which the file is then kept.
func (out *output) object(ctx context.Context, in *input) (list []rawjson.Member, err error) {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		out.cut = true
		return nil, err
	}
	err = out.wrapped(l, in, false, func(final rawjson.Layer) (err error) {
		list, err = layerMembers(final)
		return err
	})
	return list, err
}

// members returns the members of the object that l is.
func layerMembers(l rawjson.Layer) ([]rawjson.Member, error) {
	s, err := l(nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Peek(); err != nil {
		return nil, s.Cut()
	}
	raw, err := s.Keep(nil, maxMeta)
	if err == nil {
		err = rawjson.Valid(raw)
	}
	if err == nil && raw[0] != '{' {
		err = rawjson.ErrMalformed
	}
	if err != nil {
		return nil, err
	}
	list, _ := rawjson.Members(raw)
	return list, nil
}

// references gives an attachment for each reference to a content. current says that
// the description is the last one known.
func (out *output) references(e *addressed, best *Filed, about []rawjson.Member, current bool) error {
	refs, ok := refsOf(rawjson.Last(about, "references"))
	if !ok {
		out.warn("type-coerced", e.hash, "its references are no list")
		out.keep("references that are no list")
	}
	if len(refs) == 0 && !current {
		return nil // written before the first reference was
	}
	hash := e.hash
	var content *record.Content
	if best != nil && best.text {
		if e.used == nil {
			e.used = best
		}
		content = best.content(out.scan.src)
		if best.Sum != "" && best.err == nil {
			hash = best.Sum
		}
	}
	if len(refs) == 0 {
		out.warn("orphan-blob", e.hash, "nothing refers to it")
		refs = []jsontext.Value{nil}
	}
	of := e.referring(refs)
	for i, ref := range refs {
		id := e.idOf(ref)
		if content == nil {
			out.warn("missing-blob", id, "the content "+e.hash+" is not there")
		}
		inline, _ := rawjson.Members(out.scan.stock.inline[id])
		from, _ := rawjson.Members(ref)
		raw := compose(id, hash, inline, about, from)
		if len(of[id]) > 1 {
			list, _ := rawjson.Members(raw)
			raw = rawjson.JoinMembers(append(list, rawjson.NewMember("references", rawjson.JoinElements(of[id]))))
		}
		err := out.candidate(record.Candidate{Collection: "attachments", ID: id, Pointer: "/references/" + strconv.Itoa(i), Seq: i,
			Raw: raw, Composed: true, Content: content, Damaged: best != nil && best.err != nil})
		if err != nil {
			return err
		}
	}
	return nil
}

// refsOf returns the references in a description: those of a list, or the members of an
// object. ok is false for any other value.
func refsOf(v jsontext.Value) (refs []jsontext.Value, ok bool) {
	if list, isObject := rawjson.Members(v); isObject && allObjects(list) {
		return valuesOf(list), true
	}
	refs, ok = rawjson.Elements(v)
	return refs, ok || record.Lost(v)
}

// idOf is the id of the attachment that a reference is of.
func (e *addressed) idOf(ref jsontext.Value) string {
	if from, ok := rawjson.Members(ref); ok {
		ref = rawjson.Last(from, "attachmentId")
	}
	return cmp.Or(rawjson.IDText(ref), e.hash)
}

// referring gives the references of each attachment: several, where sessions share it.
func (e *addressed) referring(refs []jsontext.Value) map[string][]jsontext.Value {
	of := map[string][]jsontext.Value{}
	for _, ref := range refs {
		id := e.idOf(ref)
		if !slices.ContainsFunc(of[id], func(v jsontext.Value) bool { return rawjson.Equal(v, ref) }) {
			of[id] = append(of[id], ref)
		}
	}
	return of
}

// decodeCAData looks at a content that is kept under its hash. One that no
// description has is an attachment of its own.
func decodeCAData(ctx context.Context, in *input, out *output) error {
	e := in.scan.stock.entry(in.class.ID)
	if _, err := in.scan.resolve(ctx, e); err != nil {
		return err
	}
	d := e.of(in)
	if d == nil {
		return nil
	}
	for _, w := range d.Notes.List {
		out.notes.Add(w.Code, w.Detail)
	}
	switch {
	case !d.text:
		return decodeValue(ctx, in, out)
	case d.err != nil:
		if err := out.failed(d.err); err != nil {
			return err
		}
	case d.Undecodable:
		out.warn("undecodable-base64", e.hash, "the text is kept as it is")
	case d.Sum != e.hash && e.mime != "application/json":
		// What is cached by its key stands under that key.
		out.warn("ca-hash-mismatch", e.hash, "the content's hash is "+d.Sum)
	}
	if e.used == d || e.used != nil && (e.used.Sum == d.Sum || d.Sum == "") || e.spare[d.Sum] {
		return nil
	}
	e.spare[d.Sum] = true
	return out.orphan(e, d)
}

// of returns what is known of one of the files of a content.
func (e *addressed) of(in *input) *Filed {
	for _, d := range e.data {
		if d.path == in.file.Path && !d.line && d.row == in.place {
			return d
		}
	}
	return nil
}

// orphan gives a content that nothing describes.
func (out *output) orphan(e *addressed, d *Filed) error {
	id := d.Sum
	if id == "" {
		id = e.hash
	}
	out.warn("orphan-blob", id, "no description of the content can be read")
	out.standAs(record.RankCollection)
	var about []rawjson.Member
	if mime := d.mime(); mime != "" {
		about = append(about, rawjson.NewMember("mimeType", rawjson.QuoteText(mime)))
	}
	return out.candidate(record.Candidate{Collection: "attachments", ID: id, Raw: compose(id, id, about), Composed: true,
		Content: d.content(out.scan.src)})
}

// loggedMeta gives the references that an entry of the log writes.
func (out *output) loggedMeta(ctx context.Context, in *input) error {
	e := out.scan.stock.entry(in.class.ID)
	best, err := out.scan.resolve(ctx, e)
	if err != nil {
		return err
	}
	var list []rawjson.Member
	err = out.wrapped(in.text, in, false, func(final rawjson.Layer) (err error) {
		list, err = layerMembers(final)
		return err
	})
	if err != nil || list == nil {
		return err
	}
	current := out.rank == out.capped(record.RankWAL) && !e.known
	e.known = true
	return out.references(e, best, list, current)
}

// loggedData looks at a content that an entry of the log writes: its references have
// it if no file has. Without references it is an attachment of its own.
func (out *output) loggedData(ctx context.Context, in *input, path string) error {
	e := out.scan.stock.entry(in.class.ID)
	meta := strings.TrimSuffix(path, "/data.json") + "/metadata.json"
	if e.known || out.scan.logged(meta) {
		return nil
	}
	best, err := out.scan.resolve(ctx, e)
	if err != nil || best == nil || !best.line || e.spare[best.Sum] {
		return err
	}
	e.spare[best.Sum] = true
	return out.orphan(e, best)
}

// mime is the type of the content: what its bytes look like, else what its data URI
// says.
func (d *Filed) mime() string {
	if d.sniff != "" {
		return d.sniff
	}
	return d.uri
}
