package importexport_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/importexport/archive"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// FuzzImport: a file of any bytes, an archive or JSON, is refused with a reason or read whole; nothing else comes of it,
// and a look writes nothing.
func FuzzImport(f *testing.F) {
	s := testdb.Open(f)
	note := &schema.Note{Head: schema.Head{ID: "n"}, Content: "x", Attachments: []schema.InlineAttachment{{Item: schema.Item{ID: "a"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: "aGVsbG8="}}}}}
	if err := s.Notes.Save(f.Context(), note); err != nil {
		f.Fatal(err)
	}
	for _, form := range importexport.Formats() {
		var out bytes.Buffer
		if _, err := importexport.Export(f.Context(), s, &out, form, "2026-11-01T10:00:00.000Z", importexport.Options{Kinds: []string{"notes"}}); err == nil {
			f.Add(out.Bytes())
		}
	}
	for _, seed := range []string{`{"notes":[{"id":"n"}]}`, "\xff\xfe{\x00}\x00", `{"format":"taskstore-json/1","notes":[]}`, "PK\x05\x06" + strings.Repeat("\x00", 18),
		strings.Repeat("[", 20000), `{"notes":[{"id":"n","metadata":` + strings.Repeat(`{"a":`, 11000), "{\"_kind\":\"note\",\"id\":\"" + strings.Repeat("y", 20000) + "\"}"} {
		f.Add([]byte(seed))
	}
	for _, files := range [][]string{{"../up"}, {"manifest.json", "manifest.json"}, {"/etc/passwd", "manifest.json"}, {"records/notes.ndjson"}} {
		f.Add(zipOf(f, files...))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "given")
		fatal(t, os.WriteFile(path, data, 0o600))
		_, err := importexport.Import(t.Context(), s, path, importexport.ImportOptions{DryRun: true})
		invalid := (*schema.InvalidError)(nil)
		if err != nil && !errors.Is(err, importexport.ErrForm) && !errors.Is(err, importexport.ErrDamaged) && !errors.Is(err, importexport.ErrConflicts) && !errors.As(err, &invalid) {
			t.Fatalf("%q: %v", data, err)
		}
		if n, err := s.Notes.Count(t.Context(), repo.Query{}); err != nil || n != 1 {
			t.Fatalf("%d notes, %v", n, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Fatalf("%v, %v", left, err)
		}
	})
}

func zipOf(f *testing.F, names ...string) []byte {
	f.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		file, err := w.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		_, err = file.Write([]byte(`{"format":"x"}`))
		fatal(f, err)
	}
	fatal(f, w.Close())
	return out.Bytes()
}

// FuzzArchive: an archive that is what its manifest says may say anything in its records and its history: it is refused
// with a reason and as a whole, or comes in and leaves a store that is in order.
func FuzzArchive(f *testing.F) {
	const state = `{\"id\":\"n\",\"content\":\"old\"}`
	f.Add([]byte(`{"rev":2,"record":{"id":"n","content":"x"}}`), []byte(`{"pk":1,"kind":"note","id":"n","owner_pk":1,"rev":1,"part":"","change":"update","origin":"program","at":"2026-11-01T10:00:00.000Z","source":"","sha256":"","encoding":"json","body":"`+state+`"}`), []byte(`{"kind":"note","id":"m","rev":3,"purged_at":"2026-11-01T10:00:00.000Z"}`))
	f.Add([]byte(`{"rev":-1,"record":{"id":"","tags":7}}`), []byte(`{"kind":"x","body":{"$blob":"AA=="},"encoding":"zstd","rev":1e300}`), []byte(`{"kind":null}`))
	f.Add([]byte("{\"record\":{\"id\":\"a\xff\"}}"), []byte(`{"$text":"/w=="}`), []byte(`[]`))
	f.Add([]byte(`{"record":{"id":"n","attachments":[{"id":"a","base64":{"_blob":"00"}}]}}`), []byte(`{"pk":9223372036854775807}`), []byte(``))
	s := testdb.Open(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, notes, revisions, tombstones []byte) {
		path := filepath.Join(dir, "given")
		fatal(t, os.WriteFile(path, archiveSaying(t, map[string][]byte{"records/notes.ndjson": notes, "tables/revisions.ndjson": revisions, "tables/tombstones.ndjson": tombstones}), 0o600))
		_, err := importexport.Import(t.Context(), s, path, importexport.ImportOptions{OnConflict: importexport.ConflictSkip})
		invalid := (*schema.InvalidError)(nil)
		if err != nil && !errors.Is(err, importexport.ErrForm) && !errors.Is(err, importexport.ErrDamaged) && !errors.As(err, &invalid) {
			t.Fatalf("%q, %q, %q: %v", notes, revisions, tombstones, err)
		}
	})
}

// archiveSaying makes an archive of some files, with a manifest that holds.
func archiveSaying(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	var entries []archive.FileEntry
	add := func(name string, text []byte) {
		file, err := w.Create(name)
		fatal(t, err)
		_, err = file.Write(text)
		fatal(t, err)
	}
	for _, k := range repo.Kinds() {
		if name := "records/" + k.Plural + ".ndjson"; files[name] == nil {
			files[name] = []byte{}
		}
	}
	for name, text := range files {
		sum := sha256.Sum256(text)
		entries = append(entries, archive.FileEntry{Path: name, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:])})
		add(name, text)
	}
	text, err := json.Marshal(archive.Manifest{Format: "taskstore-archive/1", Files: entries})
	fatal(t, err)
	add("manifest.json", text)
	fatal(t, w.Close())
	return out.Bytes()
}
