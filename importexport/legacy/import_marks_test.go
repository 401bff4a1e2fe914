package legacy_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/testdb"

	"golang.org/x/text/encoding/unicode"
)

// zipWith packs files.
func zipWith(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m, err := w.Create(name)
		if err == nil {
			_, err = m.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// everyForm is a data directory with a record in each of the forms that are a text file.
func everyForm() map[string]string {
	const data = `"hello, world"`
	sum := sha256.Sum256([]byte(data))
	hash := hex.EncodeToString(sum[:])
	entry := func(at int, line string) string {
		return fmt.Sprintf(`{"id":"w%d","timestamp":%d,"operation":"write","collection":"tasks","data":[{"id":"%s","title":"x"}]}`, at, 1761700000000+at, line)
	}
	return map[string]string{
		"db/notes.json":                                 `[{"id":"note","content":"x"}]`,
		"db/topics/topic-a.json":                        `{"id":"a","name":"x"}`,
		"db/sessions/s1/metadata.json":                  `{"id":"s1","name":"in chunks"}`,
		"db/sessions/s1/screenshots/chunk-000.json":     `[{"id":"shot","timestamp":"2025-01-01T00:00:00Z"}]`,
		"db/wal.log":                                    entry(1, "t1") + "\n" + entry(2, "t2") + "\n",
		"db/wal.checkpoint":                             "1761600000000",
		"attachments/a.meta.json":                       `{"id":"a","type":"file","name":"a.txt"}`,
		"attachments/a.dat":                             "aGVsbG8=",
		"attachments/b.meta.json":                       `{"id":"b","type":"file","hash":"` + hash + `"}`,
		"attachments/" + hash[:2] + "/" + hash + ".dat": "ImhlbGxvLCB3b3JsZCI=",
		"backups/backup-1761600000000.json":             `{"version":1,"timestamp":1761600000000,"collections":{"contacts":[{"id":"c","name":"x"}]}}`,
	}
}

// TestImportMarks: a byte order mark at the beginning of a file, or of a line of the log,
// changes nothing of what is imported, in a directory and in a zip of it. Each mark is told of.
func TestImportMarks(t *testing.T) {
	t.Parallel()
	utf16 := func(order unicode.Endianness) func(string) string {
		return func(text string) string {
			wide, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			return wide
		}
	}
	what := func(r legacy.Report) string { return fmt.Sprint(r.Collections, r.Attachments) }
	plain := everyForm()
	var want string
	for i, tc := range []struct {
		name string
		mark func(string) string
	}{
		{"none", func(text string) string { return text }},
		{"UTF-8", func(text string) string { return "\ufeff" + text }},
		{"UTF-8 on every line", func(text string) string { return "\ufeff" + strings.ReplaceAll(text, "\n{", "\n\ufeff{") }},
		{"UTF-16, little", utf16(unicode.LittleEndian)}, {"UTF-16, big", utf16(unicode.BigEndian)},
	} {
		marked := map[string]string{}
		for name, text := range plain {
			marked[name] = tc.mark(text)
		}
		dir := t.TempDir()
		for name, text := range marked {
			put(t, dir, name, text)
		}
		file := filepath.Join(t.TempDir(), "export.zip")
		writeFile(t, file, zipWith(t, marked))
		for _, source := range []string{dir, file} {
			r := importing(t, testdb.Open(t), source)
			if want == "" {
				want = what(r)
			}
			if got := what(r); got != want {
				t.Errorf("%s, %s: %s, want %s", tc.name, filepath.Ext(source), got, want)
			}
			for path, f := range pathsOf(t, r) {
				bom := slices.Contains(codesOf(f), "bom")
				if strings.HasSuffix(path, ".zip") || bom == (i > 0) && f.Status != record.StatusQuarantined {
					continue
				}
				t.Errorf("%s: %s is %s, %v", tc.name, path, f.Status, f.Warnings)
			}
		}
	}
}
