package decode

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/go-json-experiment/json/jsontext"
)

// stock is what a source holds of contents that are filed under a hash, and what
// the records said about them.
type stock struct {
	addressed map[string]*addressed     // content addressed, by the hash of the folder
	dat       map[string]string         // hash → path of a deduplicated .dat file
	named     map[string]bool           // hashes that an attachment's record names
	ids       map[string]bool           // ids of the attachments that have a record
	rows      bool                      // a dump may hold contents that are not known yet
	inline    map[string]jsontext.Value // what notes and tasks say of their attachments
	counted   bool                      // the uses of contents were read
	uses      map[string][]string       // hash → ids of attachments, as they were counted
}

// addressed is what is kept under one hash in attachments-ca.
type addressed struct {
	hash  string
	data  []*Filed // the file itself first, then copies of it
	known bool     // its description was read, not only a copy
	mime  string   // as the description has it
	used  *Filed   // the one that the references have
	spare map[string]bool
}

// Filed is one file of a content, or one line of the log that writes it, and what
// its text decodes to.
type Filed struct {
	path        string
	line        bool
	offset      int64         // of the line
	row         string        // where it stands in a dump; "" for none
	from        rawjson.Layer // the text of the row
	done        bool
	text        bool   // it holds a text
	Sum         string // of the bytes, in hex
	size        int64  // bytes
	uri, sniff  string // types: of the data URI, of the bytes
	Undecodable bool
	err         error // damage
	Notes       *rawjson.Notes
}

// file makes a file of the source known.
func (st *stock) file(f *source.File, c names.Class) {
	switch {
	case f.Err != nil:
	case c.Form == names.FormDedupDat && f.Bytes > 0:
		Put(&st.dat, c.ID, f.Path)
	case c.Form == names.FormCAData:
		e := st.entry(c.ID)
		d := &Filed{path: f.Path, Notes: &rawjson.Notes{}}
		if c.Variant == "" {
			e.data = append([]*Filed{d}, e.data...)
		} else {
			e.data = append(e.data, d)
		}
	case c.Form == names.FormCAMeta:
		st.entry(c.ID)
	}
}

func (st *stock) entry(id string) *addressed {
	id = strings.ToLower(id)
	if st.addressed[id] == nil {
		Put(&st.addressed, id, &addressed{hash: id, spare: map[string]bool{}})
	}
	return st.addressed[id]
}

// log makes the contents known that the log writes.
func (st *stock) log(j *journal) {
	for _, path := range j.order {
		c := j.class(path)
		if c.Form != names.FormCAData || c.Variant != "" {
			continue
		}
		list, _ := j.last(path)
		for _, e := range list {
			if e.op == opWrite && e.state != stateTorn {
				entry := st.entry(c.ID)
				entry.data = append(entry.data, &Filed{path: j.in.file.Path, line: true, offset: e.offset, Notes: &rawjson.Notes{}})
			}
		}
	}
}

// Put is an assignment that makes the map if there is none.
func Put[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = v
}

// record looks at a record on its way out: an attachment's content may be filed
// under its hash, or be the raw file that its path names.
func (sc *scan) record(c *record.Candidate) {
	st := &sc.stock
	switch c.Collection {
	case "attachments":
		if c.Composed || len(c.Raw) == 0 {
			return
		}
		list, _ := rawjson.Members(c.Raw)
		hash := strings.ToLower(rawjson.TextOf(rawjson.Last(list, "hash")))
		if c.ID != "" {
			Put(&st.ids, c.ID, true)
		}
		if dat := st.dat[hash]; dat != "" {
			Put(&st.named, hash, true)
			if c.Content == nil {
				c.Content = sc.src.Content(dat, record.ContentDat)
			}
		}
		if c.Content == nil && len(sc.media) > 0 {
			if found := sc.find(rawjson.TextOf(rawjson.Last(list, "path"))); found != "" {
				sc.used[found] = true
				c.Content = sc.src.Content(found, record.ContentFile)
			}
		}
	case "notes", "tasks":
		if len(st.addressed) > 0 || st.rows {
			st.remember(c.Raw)
		}
	}
}

// remember notes what a note or task says about the attachments in it.
func (st *stock) remember(raw jsontext.Value) {
	list, _ := rawjson.Members(raw)
	items, _ := rawjson.Elements(rawjson.Last(list, "attachments"))
	for _, item := range items {
		about, _ := rawjson.Members(item)
		id := rawjson.IDText(rawjson.Last(about, "id"))
		if id == "" {
			continue
		}
		small := about[:0]
		for _, m := range about {
			if len(m.Value) <= rawjson.MaxScalar && m.Name != "base64" && m.Name != "thumbnail" && m.Name != "compressed" {
				small = append(small, m)
			}
		}
		Put(&st.inline, id, rawjson.JoinMembers(small))
	}
}

// resolve reads the files of a content and chooses the one for the references: one
// that is what the hash says, else one that is whole.
func (sc *scan) resolve(ctx context.Context, e *addressed) (*Filed, error) {
	var best *Filed
	for _, d := range e.data {
		if best != nil && best.Sum == e.hash {
			break
		}
		if err := sc.weigh(ctx, d); err != nil {
			return nil, err
		}
		if d.better(best, e.hash) {
			best = d
		}
	}
	return best, nil
}

// better says whether d is to be had rather than another file of the same hash.
func (d *Filed) better(than *Filed, hash string) bool {
	value := func(d *Filed) int {
		switch {
		case d == nil:
			return 0
		case d.Sum == hash:
			return 4
		case d.text && d.err == nil && !d.Undecodable:
			return 3
		case d.text && d.err == nil:
			return 2
		case d.text && d.size > 0:
			return 1
		}
		return 0
	}
	return value(d) > value(than)
}

// weigh reads the text in a file of attachments-ca, and the bytes that it stands for.
func (sc *scan) weigh(ctx context.Context, d *Filed) error {
	if d.done {
		return nil
	}
	d.done = true
	l := sc.src.Text(ctx, d.path, d.Notes, nil)
	if d.row != "" {
		l = d.from
	}
	if d.line {
		l = sc.src.Line(ctx, d.path, d.offset, d.Notes)
	}
	text, err := rawjson.OpenText(l)
	if err == nil {
		d.text = true
		u := text.(*rawjson.OpenedText)
		u.Strict = true
		err = d.Decode(u)
		u.Close()
	}
	if rawjson.Fatal(err) {
		return err
	}
	d.err = err
	return nil
}

// content says where the text is.
func (d *Filed) content(src *source.Source) *record.Content {
	if d.row != "" {
		return &record.Content{Path: src.Abs(d.path), Member: d.row, Form: record.ContentRow}
	}
	if d.line {
		return &record.Content{Path: src.Abs(d.path), Member: strconv.FormatInt(d.offset, 10), Form: record.ContentLine}
	}
	return src.Content(d.path, record.ContentText)
}

// Decode reads the bytes that a text stands for.
func (d *Filed) Decode(text io.Reader) error {
	dat, err := source.NewDatReader(text)
	if err != nil {
		return err
	}
	d.uri = dat.MIME
	sum, front := sha256.New(), &source.Head{}
	d.size, err = io.Copy(io.MultiWriter(sum, front), dat)
	if d.Undecodable = errors.Is(err, source.ErrUndecodable); d.Undecodable {
		return nil
	}
	d.Sum, d.sniff = source.HexSum(sum), front.Mime()
	return err
}
