package decode

import (
	"context"
	"path"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/internal/pattern"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// maxMeta is the size of the largest description of an attachment that is read;
// a thumbnail may stand in it.
const maxMeta = 64 << 20

// The endings of the two files of an attachment.
const (
	metaSuffix = ".meta.json"
	datSuffix  = ".dat"
)

// decodeMeta reads the description of an attachment and finds its content: the
// .dat file beside it, or the raw file that its path names.
func decodeMeta(ctx context.Context, in *input, out *output) error {
	raw, err := out.description(in.layer(ctx))
	if err != nil {
		return err
	}
	c := record.Candidate{Collection: "attachments", ID: in.class.ID, Raw: raw}
	if raw != nil {
		if id, _ := rawjson.IDOf(raw); id != "" {
			c.ID = id
		}
	}
	if names.NFC(c.ID) != names.NFC(in.class.ID) {
		out.warn("id-differs", c.ID, "the file's name says "+in.class.ID)
	}
	if c.Content = in.scan.contentOf(ctx, in, raw); c.Content == nil && !linkOnly(raw) {
		out.warn("orphan-meta", c.ID, "no content is beside the description")
	}
	return out.candidate(c)
}

// description returns the object of l, or what can be saved of it; nil without
// any. The error is one that ends the scan.
func (out *output) description(l rawjson.Layer) (jsontext.Value, error) {
	ok, err := out.sound(l)
	if !ok || err != nil {
		out.cut = true
		return nil, err
	}
	s, err := l(nil)
	if err != nil {
		return nil, out.failed(err)
	}
	defer s.Close()
	raw, err := s.Keep(nil, maxMeta)
	if err != nil {
		out.cut = true
		return salvage(raw), out.failed(err)
	}
	if rawjson.Valid(raw) != nil || raw[0] != '{' {
		out.cut = true
		return nil, out.failed(rawjson.ErrMalformed)
	}
	return raw, nil
}

// linkOnly says whether an attachment is a link, which has no content.
func linkOnly(raw jsontext.Value) bool {
	list, _ := rawjson.Members(raw)
	return rawjson.TextOf(rawjson.Last(list, "type")) == "link"
}

// contentOf finds the bytes of the attachment that in describes; nil if they are
// not there.
func (sc *scan) contentOf(ctx context.Context, in *input, raw jsontext.Value) *record.Content {
	if f := sc.beside(in.file.Path, metaSuffix, datSuffix); f != nil && f.Err == nil && f.Bytes > 0 {
		return sc.src.Content(f.Path, record.ContentDat)
	}
	list, _ := rawjson.Members(raw)
	at := rawjson.TextOf(rawjson.Last(list, "path"))
	for range rawjson.MaxWrap {
		if found := sc.find(at); found != "" {
			sc.used[found] = true
			return sc.src.Content(found, record.ContentFile)
		}
		// By a bug the path may be the id of another attachment.
		if at == "" || strings.ContainsAny(at, `/\`) {
			break
		}
		next := sc.pathOf(ctx, path.Dir(in.file.Path), at)
		if next == "" {
			next = sc.sharing(ctx, at, in.file.Path)
		}
		at = next
	}
	for _, found := range sc.rawFiles(in.class.ID) {
		sc.used[found] = true
		return sc.src.Content(found, record.ContentFile)
	}
	return nil
}

// pathOf returns the path in the description of another attachment.
func (sc *scan) pathOf(ctx context.Context, dir, id string) string {
	return rawjson.TextOf(rawjson.Last(sc.small(ctx, path.Join(dir, id+".meta.json")), "path"))
}

// millisPart is the time that the application put into an id.
var millisPart = pattern.Of(`\d{12,14}`)

// sharing returns the path of a raw file that has the same time in its name as an id, or
// the one in the description of an attachment that has it in its own id.
func (sc *scan) sharing(ctx context.Context, id, self string) string {
	ms := millisPart.FindString(id)
	if ms == "" {
		return ""
	}
	for i := range sc.src.Files {
		p := sc.src.Files[i].Path
		if base := path.Base(p); p == self || !strings.Contains(base, ms) {
			continue
		}
		if len(sc.media[path.Base(p)]) > 0 {
			return p
		}
		if other, ok := strings.CutSuffix(p, ".meta.json"); ok {
			if at := sc.pathOf(ctx, path.Dir(p), path.Base(other)); sc.find(at) != "" {
				return at
			}
		}
	}
	return ""
}

// addMedia makes a raw file known by its name, with and without ending.
func (sc *scan) addMedia(p string) {
	if sc.media == nil {
		sc.media = map[string][]string{}
	}
	base := path.Base(p)
	sc.media[base] = append(sc.media[base], p)
	sc.mediaAlike.Add(base)
	if s := names.Stem(base); s != base {
		sc.media[s] = append(sc.media[s], p)
		sc.mediaAlike.Add(s)
	}
}

// find returns the raw file that a recorded path means: the path itself below the
// source, else the file of the same name, of several the one whose folder agrees.
func (sc *scan) find(recorded string) string {
	if recorded == "" {
		return ""
	}
	clean := path.Clean(strings.ReplaceAll(recorded, `\`, "/"))
	if f := sc.at(clean); f != nil && f.Err == nil && strings.Contains(clean, "/") {
		return clean
	}
	for _, p := range sc.alike.Of(clean) {
		if f := sc.at(p); f.Err == nil && strings.Contains(p, "/") {
			return p
		}
	}
	base := path.Base(clean)
	if !strings.Contains(base, ".") {
		return ""
	}
	found := sc.rawFiles(base)
	for _, p := range found {
		if strings.HasSuffix(names.NFC(clean), "/"+names.NFC(p)) {
			return p
		}
	}
	if len(found) > 0 {
		return found[0]
	}
	return ""
}

// decodeDat looks at the content of an attachment. Beside its description it is
// that one's; alone, or beside one that the system does not give, it is an attachment of
// its own.
func decodeDat(_ context.Context, in *input, out *output) error {
	out.noteMark()
	if meta := in.scan.beside(in.file.Path, datSuffix, metaSuffix); meta != nil && meta.Err == nil {
		if own := in.scan.beside(meta.Path, metaSuffix, datSuffix); own != nil && own.Path == in.file.Path {
			return nil
		}
	}
	c := record.Candidate{Collection: "attachments", ID: in.class.ID}
	if !schema.Storable(c.ID) { // a record has room for what the id was
		c.Composed = true
		c.Raw = rawjson.JoinMembers([]rawjson.Member{rawjson.NewMember("id", record.QuoteID(c.ID)), rawjson.NewMember("type", rawjson.QuoteText("file")), rawjson.NewMember("name", rawjson.QuoteText(c.ID))})
	}
	if in.file.Bytes == 0 {
		out.warn("missing-blob", c.ID, "neither a description nor content")
	} else {
		out.warn("orphan-blob", c.ID, "no description is beside the content")
		c.Content = in.src.Content(in.file.Path, record.ContentDat)
	}
	return out.candidate(c)
}

// decodeMedia looks at a raw file. One that no attachment described is an
// attachment of its own, an orphan if no record names it either.
func decodeMedia(_ context.Context, in *input, out *output) error {
	if in.scan.used[in.file.Path] {
		return nil
	}
	base := path.Base(in.file.Path)
	if !in.scan.refersTo(base) {
		out.warn("orphan-blob", in.class.ID, "no record names "+base)
	}
	out.standAs(record.RankCollection)
	return out.candidate(record.Candidate{Collection: "attachments", ID: in.class.ID, Raw: mediaRecord(in.class.ID, in.file.Path), Composed: true,
		Content: in.src.Content(in.file.Path, record.ContentFile)})
}

// mediaRecord is the record of an attachment of which only the file is left.
func mediaRecord(id, at string) jsontext.Value {
	if _, member, ok := source.CutMember(at); ok {
		at = member
	}
	list := []rawjson.Member{rawjson.NewMember("id", record.QuoteID(id))}
	mime := MIMEOf(at)
	list = append(list, rawjson.NewMember("type", rawjson.QuoteText(TypeOf(mime))), rawjson.NewMember("name", rawjson.QuoteText(path.Base(at))))
	if mime != "" {
		list = append(list, rawjson.NewMember("mimeType", rawjson.QuoteText(mime)))
	}
	return rawjson.JoinMembers(append(list, rawjson.NewMember("path", rawjson.QuoteText(at))))
}
