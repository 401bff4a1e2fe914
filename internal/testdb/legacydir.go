package testdb

import (
	"bytes"
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
)

// DirForms lists the forms.
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
	w := &legacyWriter{dir: dir, form: opt.Form, at: opt.At}
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
	if w.form == DirExport {
		return c, w.export(c)
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
}

func (w *legacyWriter) directory(c LegacyContent) error {
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
		if err := w.collection(filepath.Join("db", name(kind)), at, c.source(kind)); err != nil {
			return err
		}
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
		if w.form == DirWrappedV2 {
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

// Older gives what the app may have saved a while before: everything but the last
// entity of each collection, the first with another title, settings with a key
// more. The entities say so in the time that they carry.
func (c LegacyContent) Older() LegacyContent {
	o := LegacyContent{Counts: map[string]int{}, Values: map[string][]byte{}}
	for kind, n := range c.Counts {
		o.Counts[kind] = max(0, n-1)
	}
	o.Entity = func(kind string, i int) []byte {
		raw := c.Entity(kind, i)
		if i == 0 {
			raw = aged(kind, raw)
		}
		return raw
	}
	for key, raw := range c.Values {
		o.Values[key] = raw
	}
	return o
}

// aged gives an entity as it was before its last change.
func aged(kind string, raw []byte) []byte {
	title := map[string]string{"tasks": "title", "notes": "summary"}[kind]
	if title == "" {
		title = "name"
	}
	text := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &text); err != nil {
		return raw
	}
	text[title] = json.RawMessage(`"as it was before"`)
	if kind != "sessions" {
		text["lastUpdated"] = json.RawMessage(`"2025-01-01T00:00:00.000Z"`)
	}
	if _, ok := text["updatedAt"]; ok {
		text["updatedAt"] = text["lastUpdated"]
	}
	out, err := json.Marshal(text)
	if err != nil {
		return raw
	}
	return out
}

// LegacyOf gives the content described by a JSON object: a member for each
// collection, "values" by key, and "attachments" of {meta, data}.
func LegacyOf(text []byte) (LegacyContent, error) {
	var in struct {
		Values      map[string]json.RawMessage
		Attachments []struct {
			Meta json.RawMessage
			Data string
		}
	}
	lists := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &in); err != nil {
		return LegacyContent{}, err
	}
	if err := json.Unmarshal(text, &lists); err != nil {
		return LegacyContent{}, err
	}
	entities := map[string][]json.RawMessage{}
	c := LegacyContent{Counts: map[string]int{}, Values: map[string][]byte{}}
	for _, kind := range LegacyKinds {
		raw, ok := lists[kind]
		if !ok {
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return c, err
		}
		entities[kind], c.Counts[kind] = list, len(list)
	}
	c.Entity = func(kind string, i int) []byte { return entities[kind][i] }
	for key, raw := range in.Values {
		c.Values[key] = raw
	}
	for _, a := range in.Attachments {
		var meta bytes.Buffer
		if err := json.Compact(&meta, a.Meta); err != nil {
			return c, err
		}
		c.Attachments = append(c.Attachments, newLegacyAttachment(meta.Bytes(), a.Data))
	}
	return c, nil
}
