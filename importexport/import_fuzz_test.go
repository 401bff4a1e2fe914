package importexport_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport"
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
