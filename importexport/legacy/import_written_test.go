package legacy_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"

	"golang.org/x/text/encoding/unicode"
)

// sampleFiles are the files of the sample directory by their paths.
func sampleFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	root := filepath.Join("testdata", "sample")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// TestImportWrittenElsewhere imports the sample as other programs leave it: opened and
// saved by an editor on Windows, which makes UTF-16 of it, and packed there.
func TestImportWrittenElsewhere(t *testing.T) {
	t.Parallel()
	plain := testdb.Open(t)
	importing(t, plain, filepath.Join("testdata", "sample"))
	want := countAll(t, plain)
	for name, order := range map[string]unicode.Endianness{"little": unicode.LittleEndian, "big": unicode.BigEndian} {
		t.Run("UTF-16, "+name, func(t *testing.T) {
			dir := t.TempDir()
			for path, text := range sampleFiles(t) {
				wide, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes(text)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(dir, path), wide)
			}
			s := testdb.Open(t)
			report := importing(t, s, dir)
			if got := countAll(t, s); got != want {
				t.Errorf("the store holds %s, want %s", got, want)
			}
			if report.Warnings["bom"] == 0 {
				t.Errorf("warnings %v", report.Warnings)
			}
		})
	}
	t.Run("a log in UTF-16", func(t *testing.T) {
		log := `{"id":"1","timestamp":1761700000001,"operation":"write","collection":"notes","data":[{"id":"n","content":"out of the log","timestamp":"2025-10-29T00:00:00.000Z"}]}` + "\n"
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(log))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "db", "wal.log"), wide)
		s := testdb.Open(t)
		importing(t, s, dir)
		if n, err := s.Notes.Get(t.Context(), "n"); err != nil || n.Content != "out of the log" {
			t.Errorf("note %q, %v", n.Content, err)
		}
	})
	t.Run("packed on Windows", func(t *testing.T) {
		var packed bytes.Buffer
		w := zip.NewWriter(&packed)
		for path, text := range sampleFiles(t) {
			m, err := w.CreateHeader(&zip.FileHeader{Name: `data\` + strings.ReplaceAll(path, "/", `\`), Method: zip.Deflate})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Write(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"export.zip", "İstanbul İİ export.zip"} {
			file := filepath.Join(t.TempDir(), name)
			writeFile(t, file, packed.Bytes())
			s := testdb.Open(t)
			importing(t, s, file)
			if got := countAll(t, s); got != want {
				t.Errorf("%s: the store holds %s, want %s", name, got, want)
			}
		}
	})
}

// TestImportNamesHint: a name that looks like another form only hints.
func TestImportNamesHint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, name := range []string{"session-conflict-of-interest-1761600000000.json", "session-conflicted-copy-1761600000001.json"} {
		writeFile(t, filepath.Join(dir, name), fmt.Appendf(nil, `{"id":"s%d","name":"Conflict","startTime":"2025-10-27T00:00:00.000Z","screenshots":[],"status":"completed"}`, i))
	}
	writeFile(t, filepath.Join(dir, "notes (Their conflicted copy 2025-10-21).json"), []byte(`[{"id":"n","content":"c"}]`))
	s := testdb.Open(t)
	importing(t, s, dir)
	for _, id := range []string{"s0", "s1"} {
		if _, err := s.Sessions.Get(t.Context(), id); err != nil {
			t.Errorf("session %s: %v", id, err)
		}
	}
}

func countAll(t *testing.T, s *repo.Store) string {
	t.Helper()
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(st.Counts, st.Trash, st.Blobs.Count)
}

func writeFile(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestImportIDOfNoText: an entity whose id is neither text nor number has the one of its
// file's name, or one that follows from it; its import is verified, and changes nothing again.
func TestImportIDOfNoText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "db/tasks/task-t1.json", `{"id":"t1","title":"x","id":false,"createdAt":"2025-09-08T18:20:31.848Z"}`)
	put(t, dir, "db/notes.json", `[{"id":{"a":1},"content":"x"},{"id":"n1","content":"y"}]`)
	s := testdb.Open(t)
	if r := importing(t, s, dir); r.Collections["tasks"].Live != 1 || r.Collections["notes"].Live != 2 || !r.Findings() {
		t.Errorf("%+v", r.Collections)
	}
	if task, err := s.Tasks.Get(t.Context(), "t1"); err != nil || task.Title != "x" {
		t.Errorf("%+v, %v", task, err)
	}
	before := dump(t, s)
	importing(t, s, dir)
	wantSame(t, "imported again", dump(t, s), before)
}
