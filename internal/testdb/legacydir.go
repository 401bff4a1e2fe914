package testdb

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// DirForm is a form in which the legacy app left its collections.
type DirForm string

// The forms that can be written.
const (
	DirRaw       DirForm = "raw"        // db/<collection>.json is the JSON itself
	DirWrapped   DirForm = "wrapped"    // in a wrapper, pretty inside; large ones not compressed
	DirWrappedV2 DirForm = "wrapped-v2" // in a wrapper, compact inside, always compressed
	DirExport    DirForm = "export"     // one export file, version 1.0.0
	DirEntity    DirForm = "entity"     // a file for each entity
	DirChunked   DirForm = "chunked"    // sessions in chunks, the rest as DirWrappedV2
	DirLog       DirForm = "log"        // entries of the write-ahead log
)

// DirForms lists the forms that hold a whole content by themselves.
func DirForms() []DirForm {
	return []DirForm{DirRaw, DirWrapped, DirWrappedV2, DirExport}
}

// LegacyKinds are the collections of entities in the order of the app.
var LegacyKinds = []string{"sessions", "notes", "tasks", "topics", "companies", "contacts"}

// LegacyContent is what a legacy directory holds, whatever its form.
type LegacyContent struct {
	// Counts says how many entities a collection has; one that it lacks has no file.
	Counts map[string]int
	// Entity gives entity i of a collection as JSON. Asked again, it gives the
	// same, so that large directories are written without being held in memory.
	Entity func(collection string, i int) []byte
	// Values are the settings and whatever else was saved under a key, as JSON.
	Values map[string][]byte
	// Attachments are those with files of their own.
	Attachments []LegacyAttachment
}

// LegacyAttachment is an attachment in the plain directory.
type LegacyAttachment struct {
	ID   string
	Meta []byte // content of ID.meta.json; nil: there is no such file
	Text string // content of ID.dat
	// NoData says that there is no ID.dat.
	NoData bool
	// What Text decodes to; "" if it does not, or is empty.
	SHA256 string
	Size   int64
}

// All gives the entities of a collection by their id.
func (c LegacyContent) All(collection string) map[string][]byte {
	all := map[string][]byte{}
	for i := range c.Counts[collection] {
		raw := c.Entity(collection, i)
		all[legacyID(raw)] = raw
	}
	return all
}

func legacyID(raw []byte) string {
	var v struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(fmt.Sprintf("testdb: not an entity: %s", raw))
	}
	return v.ID
}

// LegacyOptions says what to write and how.
type LegacyOptions struct {
	Form DirForm // "" is DirWrappedV2
	// Content is what to write; nil is SeededLegacy(Seed, Size).
	Content *LegacyContent
	Seed    uint64
	Size    LegacySize
	// Older, if set, is what the backups hold: one beside each collection file,
	// saved a day before. An export has none.
	Older *LegacyContent
	// At is when the app saved last; the zero time is a day in 2025.
	At time.Time
	// Wrote, if set, is told of each entity, or part of a session, in which file
	// it was written.
	Wrote func(LegacyRecord)
}

// LegacyRecord is an entity in a file of a legacy directory. Of a session in
// chunks it is the members that the file holds.
type LegacyRecord struct {
	File       string // below the directory, with slashes
	Collection string
	ID         string
	Raw        []byte
}

// LegacySavedAt is when the directories were saved, unless the options say else.
var LegacySavedAt = time.Date(2025, 10, 21, 18, 30, 0, 0, time.UTC)

// WriteLegacyDir writes a legacy directory, or the one file of an export into dir,
// and gives what must come out of it. Equal options write equal files.
func WriteLegacyDir(t testing.TB, dir string, opt LegacyOptions) LegacyContent {
	t.Helper()
	c, err := GenerateLegacy(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// GenerateLegacy is WriteLegacyDir outside of tests. Collections are streamed.
func GenerateLegacy(dir string, opt LegacyOptions) (LegacyContent, error) {
	w := &legacyWriter{dir: dir, form: opt.Form, at: opt.At, told: opt.Wrote}
	if w.form == "" {
		w.form = DirWrappedV2
	}
	if w.at.IsZero() {
		w.at = LegacySavedAt
	}
	if opt.Content == nil {
		c := SeededLegacy(opt.Seed, opt.Size)
		opt.Content = &c
	}
	c := *opt.Content
	switch w.form {
	case DirExport:
		return c, w.export(c)
	case DirLog:
		return c, w.log(c, opt.Seed)
	case DirRaw, DirWrapped, DirWrappedV2, DirEntity, DirChunked:
	default:
		return c, w.copies(c, opt.Seed)
	}
	if err := w.directory(c); err != nil || opt.Older == nil {
		return c, err
	}
	return c, w.backups(*opt.Older)
}

// legacyWriter writes one directory.
type legacyWriter struct {
	dir  string
	form DirForm
	at   time.Time
	told func(LegacyRecord)
}

func (w *legacyWriter) wrote(name, collection, id string, raw []byte) {
	if w.told != nil {
		w.told(LegacyRecord{filepath.ToSlash(name), collection, id, raw})
	}
}

func (w *legacyWriter) wroteAll(name, collection string, c LegacyContent) {
	for i := range c.Counts[collection] {
		if w.told != nil {
			raw := c.Entity(collection, i)
			w.wrote(name, collection, legacyID(raw), raw)
		}
	}
}

func (w *legacyWriter) directory(c LegacyContent) error {
	switch form := w.form; form {
	case DirEntity, DirChunked:
		w.form = DirWrappedV2
		defer func() { w.form = form }()
		if form == DirChunked {
			return w.chunked(c)
		}
		if err := w.entities(c); err != nil {
			return err
		}
		c.Counts = nil // the values are left
	}
	err := w.collections(c, w.at, func(key string) string { return key + ".json" })
	if err != nil {
		return err
	}
	return w.attachments(c.Attachments)
}

// collections writes the files below db/, each under the name of its key.
func (w *legacyWriter) collections(c LegacyContent, at time.Time, name func(key string) string) error {
	for _, kind := range LegacyKinds {
		if _, ok := c.Counts[kind]; !ok {
			continue
		}
		file := filepath.Join("db", name(kind))
		if err := w.collection(file, at, c.source(kind)); err != nil {
			return err
		}
		w.wroteAll(file, kind, c)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		if err := w.collection(filepath.Join("db", name(key)), at, valueSource(c.Values[key])); err != nil {
			return err
		}
	}
	return nil
}

// backups writes a copy of the file before the last beside each collection.
func (w *legacyWriter) backups(older LegacyContent) error {
	return w.collections(older, w.at.Add(-24*time.Hour), func(key string) string {
		if w.form != DirRaw && w.form != DirWrapped {
			return fmt.Sprintf("%s.%d.backup.json", key, w.at.UnixMilli())
		}
		return key + ".backup.json"
	})
}

func (w *legacyWriter) attachments(list []LegacyAttachment) error {
	for _, a := range list {
		base := filepath.Join("attachments", a.ID)
		if a.Meta != nil {
			if err := w.file(base+".meta.json", w.at, a.Meta); err != nil {
				return err
			}
		}
		if a.NoData {
			continue
		}
		if err := w.file(base+".dat", w.at, []byte(a.Text)); err != nil {
			return err
		}
	}
	return nil
}

// file writes a file as it is, dated at.
func (w *legacyWriter) file(name string, at time.Time, text []byte) error {
	to := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		return err
	}
	return os.Chtimes(to, at, at)
}
