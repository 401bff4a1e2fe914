package legacy_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/testdb"
	"taskstore/repo"

	"pgregory.net/rapid"
)

// TestImportMixture writes states of one content into a random mixture of forms
// side by side, damages files, and imports what is left: whatever a file that can
// still be read holds is in the store, nothing else is, and nothing is there twice.
func TestImportMixture(t *testing.T) {
	t.Parallel()
	rapid.Check(t, testdb.Draws(*draws, func(rt *rapid.T) {
		d := &drawing{TB: t, t: rt}
		defer d.end()
		mixedImport(d)
	}))
}

func mixedImport(d *drawing) {
	m := &mixture{d: d, dir: d.TempDir(), held: map[string][]testdb.LegacyRecord{}, hurt: map[string]bool{}}
	m.write()
	for range d.int(0, 3) {
		m.damage()
	}
	if len(m.files()) == 0 {
		return
	}
	before := tree(d, m.dir)
	s := testdb.Open(d)
	r, err := legacy.Import(d.Context(), s, m.dir, legacy.Options{})
	if errors.Is(err, legacy.ErrNotLegacy) && !slices.ContainsFunc(m.files(), func(name string) bool { return !m.hurt[name] && len(m.held[name]) > 0 }) {
		return
	}
	if err != nil {
		d.Fatalf("import: %v\n%s", err, strings.Join(m.told, "\n"))
	}
	wantVerified(d, r)
	wantLedger(d, s, r, m.dir)
	k := newKeeping(d, s)
	whole := m.quarantined(s, r)
	for _, name := range m.files() {
		// An odd part of a session, a text that is none, is set aside as it is.
		if m.hurt[name] || strings.HasPrefix(name, "db/sessions/") && whole[name] {
			continue
		}
		for _, rec := range m.held[name] {
			k.want(name, rec)
		}
	}
	k.once(m)
	if !m.flipped {
		k.known(m)
	}
	first := dump(d, s)
	importing(d, s, m.dir)
	wantSame(d, "imported again", dump(d, s), first)
	r, err = legacy.Verify(d.Context(), s, m.dir, legacy.Options{})
	if err != nil {
		d.Error(err)
	}
	wantVerified(d, r)
	wantSame(d, "the source", tree(d, m.dir), before)
	if d.Failed() {
		d.Errorf("written:\n%s", strings.Join(m.told, "\n"))
	}
}

// mixture is a directory and what was written into each of its files.
type mixture struct {
	d       *drawing
	dir     string
	held    map[string][]testdb.LegacyRecord // by file
	hurt    map[string]bool
	flipped bool     // something may stand in a file that nobody wrote
	told    []string // how it was made
	ever    []testdb.LegacyRecord
	content testdb.LegacyContent
}

// write writes states, the later ones over the files of the earlier ones.
func (m *mixture) write() {
	d := m.d
	size := testdb.LegacySize{Sessions: d.int(0, 3), Notes: d.int(0, 4), Tasks: d.int(0, 4), Topics: d.int(0, 2), Companies: d.int(0, 2), Contacts: d.int(0, 2),
		Attachments: d.int(0, 3), Items: d.int(0, 3), Odd: 8 * d.int(0, 1)}
	m.content = testdb.SeededLegacy(uint64(d.int(0, 1<<20)), size)
	for i := range d.int(1, 4) {
		at := testdb.LegacySavedAt.Add(time.Duration(i-4) * 24 * time.Hour)
		from := d.int(0, 1)
		kinds := testdb.LegacyKinds[d.int(0, 1):]
		state := m.content.Cut(from, from+d.int(1, 5), kinds...)
		title := ""
		if d.int(0, 2) > 0 {
			title = fmt.Sprintf("state %d", i)
			state = state.Edited(title, at.Add(-time.Hour))
		}
		if i == 0 {
			state.Values, state.Attachments = m.content.Values, m.content.Attachments
		}
		opt := testdb.LegacyOptions{Content: &state, Form: rapid.SampledFrom(testdb.AllDirForms()).Draw(d.t, "form"), At: at, Seed: uint64(d.int(0, 3))}
		older := state.Older()
		if d.int(0, 2) == 0 {
			opt.Older = &older
		}
		before := m.texts()
		begun := map[string]bool{}
		opt.Wrote = m.note(begun)
		m.told = append(m.told, fmt.Sprintf("%s: %v from %d, %v, title %q, backups %t, seed %d", opt.Form, kinds, from, state.Counts, title, opt.Older != nil, opt.Seed))
		testdb.WriteLegacyDir(d, m.dir, opt)
		for name, text := range m.texts() {
			if !begun[name] && text != before[name] {
				m.held[name] = nil // there is nothing in it any more
			}
		}
	}
}

func (m *mixture) texts() map[string]string {
	all := map[string]string{}
	for _, name := range m.files() {
		all[name] = string(m.d.read(m.dir, name))
	}
	return all
}

// note is told what one state writes: a file that it writes holds nothing else.
func (m *mixture) note(begun map[string]bool) func(testdb.LegacyRecord) {
	return func(r testdb.LegacyRecord) {
		if !begun[r.File] {
			m.held[r.File] = nil
		}
		begun[r.File] = true
		m.held[r.File] = append(m.held[r.File], r)
		m.ever = append(m.ever, r)
	}
}

// files are the names of all files that are there.
func (m *mixture) files() (list []string) {
	err := filepath.WalkDir(m.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(m.dir, path)
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		m.d.Fatal(err)
	}
	return list
}

// copied is what the app made copies of: the files of its keys.
var copied = regexp.MustCompile(`^db/([a-z]+|sessions/.*/(metadata|summary|[a-z-]+/chunk-\d+))\.json$`)

// damage does to a file what happened to files of the app.
func (m *mixture) damage() {
	d, files := m.d, m.files()
	if len(files) == 0 {
		return
	}
	name := d.one(files)
	text := d.read(m.dir, name)
	kind := d.one([]string{"cut", "flip", "empty", "zero", "delete", "temp", "copy", "bom", "tail", "twice", "page", "letter", "double"})
	switch {
	case kind == "bom" || kind == "double":
		m.change(kind, name, text)
		return
	case kind == "delete":
		if err := os.Remove(filepath.Join(m.dir, filepath.FromSlash(name))); err != nil {
			d.Fatal(err)
		}
		m.told = append(m.told, "delete "+name)
		return
	case kind == "temp" || kind == "copy":
		if !copied.MatchString(name) {
			return
		}
		to := strings.TrimSuffix(name, ".json") + map[string]string{"temp": ".tmp.json", "copy": fmt.Sprintf(".%d.backup.json", testdb.LegacySavedAt.Add(-time.Hour).UnixMilli())}[kind]
		put(d, m.dir, to, string(text))
		m.held[to], m.hurt[to] = m.held[name], m.hurt[name]
		m.told = append(m.told, kind+" "+name+" to "+to)
		return
	case len(text) == 0:
		return
	}
	at := d.int(0, len(text)-1)
	switch kind {
	case "cut":
		text = text[:at]
	case "flip":
		text[at] ^= byte(d.int(1, 255))
		m.flipped = true
	case "empty":
		text = nil
	case "zero":
		text = bytes.Repeat([]byte{0}, len(text))
	case "tail":
		text = append(text[:at], bytes.Repeat([]byte{0}, len(text)-at)...)
	case "twice":
		text = append(text, text...)
		m.flipped = m.flipped || m.hurt[name] // the second text goes on inside of the first
	case "page":
		text = []byte("<!DOCTYPE html><title>404</title>")
	case "letter":
		text = slices.Insert(text, at, 0xe9)
		m.flipped = true
	}
	m.hurt[name] = true
	m.told = append(m.told, fmt.Sprintf("%s %s at %d", kind, name, at))
	put(d, m.dir, name, string(text))
}

// change does to a file of JSON what takes nothing from it: a mark at its beginning, or a
// wrapper around its wrapper, as the app's own import of a zip wrote it.
func (m *mixture) change(kind, name string, text []byte) {
	var w struct{ Data string }
	switch {
	case !strings.HasSuffix(name, ".json") || len(text) == 0 || m.hurt[name]:
		return
	case kind == "bom":
		text = append([]byte("\ufeff"), text...)
	case !copied.MatchString(name) || json.Unmarshal(text, &w) != nil || !strings.HasPrefix(w.Data, "GZIP_V1:"):
		return
	default:
		text = []byte(rewrapped(m.d, w.Data))
	}
	put(m.d, m.dir, name, string(text))
	m.told = append(m.told, kind+" "+name)
}

// rewrapped is a wrapper around a compressed text that was compressed once more.
func rewrapped(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(data), z.Close()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"version":1,"timestamp":%d,"compressed":true,"data":"GZIP_V1:%s"}`, testdb.LegacySavedAt.UnixMilli(), base64.StdEncoding.EncodeToString(b.Bytes()))
}

// quarantined wants every file of which something could not be read in quarantine,
// and tells which files are there whole.
func (m *mixture) quarantined(s *repo.Store, r legacy.Report) map[string]bool {
	list, err := ledger.Of(s).Quarantine(m.d.Context())
	if err != nil {
		m.d.Fatal(err)
	}
	aside, whole := map[string]bool{}, map[string]bool{}
	for _, q := range list {
		aside[q.File+" "+q.Blob] = true
		aside[q.File] = aside[q.File] || withoutSecrets(q)
	}
	for f := range r.Files.All() {
		whole[f.Path] = aside[f.Path+" "+f.SHA256]
		if slices.Contains([]string{record.StatusPartial, record.StatusQuarantined}, f.Status) && f.Bytes > 0 && !aside[f.Path+" "+f.SHA256] && !aside[f.Path] {
			m.d.Errorf("%s is %s, and not in quarantine: %v", f.Path, f.Status, f.Warnings)
		}
	}
	return whole
}

// TestImportAsideTwice: a file and a value in it are both set aside, each for a
// reason of its own.
func TestImportAsideTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "db/notes.json", `[]`)
	put(t, dir, "db/contacts.json", `{"version":1,"checksum":"28y","timestamp":1760985000000,"compressed":true,"data":"GZIP_"1:H4sI"}`)
	s := testdb.Open(t)
	importing(t, s, dir)
	list, err := ledger.Of(s).Quarantine(t.Context())
	if err != nil || len(list) != 2 || list[0].Code != "malformed" || list[1].Code != "stray-element" {
		t.Errorf("in quarantine: %+v (%v)", list, err)
	}
	wantDone(t, s, dir)
}
