package legacy

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strconv"
	"strings"

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
	data  []*filed // the file itself first, then copies of it
	known bool     // its description was read, not only a copy
	mime  string   // as the description has it
	used  *filed   // the one that the references have
	spare map[string]bool
}

// filed is one file of a content, or one line of the log that writes it, and what
// its text decodes to.
type filed struct {
	path        string
	line        bool
	offset      int64  // of the line
	row         string // where it stands in a dump; "" for none
	from        layer  // the text of the row
	done        bool
	text        bool   // it holds a text
	sum         string // of the bytes, in hex
	size        int64  // bytes
	uri, sniff  string // types: of the data URI, of the bytes
	undecodable bool
	err         error // damage
	notes       *notes
}

// file makes a file of the source known.
func (st *stock) file(f *SourceFile, c class) {
	switch {
	case f.Err != nil:
	case c.Form == formDedupDat && f.Bytes > 0:
		put(&st.dat, c.ID, f.Path)
	case c.Form == formCAData:
		e := st.entry(c.ID)
		d := &filed{path: f.Path, notes: &notes{}}
		if c.Variant == "" {
			e.data = append([]*filed{d}, e.data...)
		} else {
			e.data = append(e.data, d)
		}
	case c.Form == formCAMeta:
		st.entry(c.ID)
	}
}

func (st *stock) entry(id string) *addressed {
	id = strings.ToLower(id)
	if st.addressed[id] == nil {
		put(&st.addressed, id, &addressed{hash: id, spare: map[string]bool{}})
	}
	return st.addressed[id]
}

// log makes the contents known that the log writes.
func (st *stock) log(j *journal) {
	for _, path := range j.order {
		c := j.class(path)
		if c.Form != formCAData || c.Variant != "" {
			continue
		}
		list, _ := j.last(path)
		for _, e := range list {
			if e.op == opWrite && e.state != stateTorn {
				entry := st.entry(c.ID)
				entry.data = append(entry.data, &filed{path: j.in.file.Path, line: true, offset: e.offset, notes: &notes{}})
			}
		}
	}
}

// put is an assignment that makes the map if there is none.
func put[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = v
}

// record looks at a record on its way out: an attachment's content may be filed
// under its hash, or be the raw file that its path names.
func (sc *scan) record(c *Candidate) {
	st := &sc.stock
	switch c.Collection {
	case "attachments":
		if c.Composed || len(c.Raw) == 0 {
			return
		}
		list, _ := members(c.Raw)
		hash := strings.ToLower(textOf(last(list, "hash")))
		if c.ID != "" {
			put(&st.ids, c.ID, true)
		}
		if dat := st.dat[hash]; dat != "" {
			put(&st.named, hash, true)
			if c.Content == nil {
				c.Content = sc.src.content(dat, ContentDat)
			}
		}
		if c.Content == nil && len(sc.media) > 0 {
			if found := sc.find(textOf(last(list, "path"))); found != "" {
				sc.used[found] = true
				c.Content = sc.src.content(found, ContentFile)
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
	list, _ := members(raw)
	items, _ := elements(last(list, "attachments"))
	for _, item := range items {
		about, _ := members(item)
		id := idText(last(about, "id"))
		if id == "" {
			continue
		}
		small := about[:0]
		for _, m := range about {
			if len(m.value) <= maxScalar && m.name != "base64" && m.name != "thumbnail" && m.name != "compressed" {
				small = append(small, m)
			}
		}
		put(&st.inline, id, joinMembers(small))
	}
}

// resolve reads the files of a content and chooses the one for the references: one
// that is what the hash says, else one that is whole.
func (sc *scan) resolve(ctx context.Context, e *addressed) (*filed, error) {
	var best *filed
	for _, d := range e.data {
		if best != nil && best.sum == e.hash {
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
func (d *filed) better(than *filed, hash string) bool {
	value := func(d *filed) int {
		switch {
		case d == nil:
			return 0
		case d.sum == hash:
			return 4
		case d.text && d.err == nil && !d.undecodable:
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
func (sc *scan) weigh(ctx context.Context, d *filed) error {
	if d.done {
		return nil
	}
	d.done = true
	l := sc.src.text(ctx, d.path, d.notes, nil)
	if d.row != "" {
		l = d.from
	}
	if d.line {
		l = sc.src.line(ctx, d.path, d.offset, d.notes)
	}
	text, err := openText(l)
	if err == nil {
		d.text = true
		u := text.(*openedText)
		u.strict = true
		err = d.decode(u)
		u.Close()
	}
	if fatal(err) {
		return err
	}
	d.err = err
	return nil
}

// content says where the text is.
func (d *filed) content(src *Source) *Content {
	if d.row != "" {
		return &Content{Path: src.abs(d.path), Member: d.row, Form: ContentRow}
	}
	if d.line {
		return &Content{Path: src.abs(d.path), Member: strconv.FormatInt(d.offset, 10), Form: ContentLine}
	}
	return src.content(d.path, ContentText)
}

// decode reads the bytes that a text stands for.
func (d *filed) decode(text io.Reader) error {
	dat, err := NewDatReader(text)
	if err != nil {
		return err
	}
	d.uri = dat.MIME
	sum, front := sha256.New(), &head{}
	d.size, err = io.Copy(io.MultiWriter(sum, front), dat)
	if d.undecodable = errors.Is(err, ErrUndecodable); d.undecodable {
		return nil
	}
	d.sum, d.sniff = hexSum(sum), front.mime()
	return err
}
