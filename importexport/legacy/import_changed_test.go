package legacy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestImportChanged: a file that grows, shrinks, is replaced or vanishes while the source is
// read ends the import, before anything of it stands under the hash of what it was; the
// next import brings what is there then.
func TestImportChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"grows":       func(path string) error { return os.WriteFile(path, []byte("aGVsbG8gd29ybGQ="), 0o644) },
		"shrinks":     func(path string) error { return os.Truncate(path, 4) },
		"is replaced": func(path string) error { return os.WriteFile(path, []byte("b3RoZXI="), 0o644) },
		"vanishes":    os.Remove,
	} {
		for _, file := range []string{"attachments/a.dat", "db/notes.json", "db/tasks.json"} {
			for when, at := range map[string]func(legacy.Options, func()) legacy.Options{"listed": legacy.Options.AtListed, "staged": legacy.Options.AtStaged} {
				if file == "db/notes.json" && when == "staged" {
					continue // it is in the stage, as it was hashed
				}
				t.Run(file+" "+name+" when "+when, func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					put(t, dir, "attachments/a.meta.json", `{"id":"a","type":"file","name":"a"}`)
					put(t, dir, "attachments/a.dat", "aGVsbG8=")
					put(t, dir, "db/notes.json", `[{"id":"n","content":"x"}]`)
					put(t, dir, "db/tasks.json", `[{"id":"t","title":"x"},{"id":"u"`)
					path := filepath.Join(dir, filepath.FromSlash(file))
					opt := at(legacy.Options{}, func() {
						if err := change(path); err != nil {
							t.Error(err)
						}
					})
					s := testdb.Open(t)
					if r, err := legacy.Import(t.Context(), s, dir, opt); !endedFor(err, file) {
						t.Fatalf("verified %v, %v", r.Verified, err)
					}
					importing(t, s, dir)
					a, err := s.Attachments.Get(t.Context(), "a", repo.Full)
					want, _ := os.ReadFile(filepath.Join(dir, "attachments", "a.dat"))
					if err != nil {
						t.Fatal(err)
					}
					if text, _ := s.Contents.Text(t.Context(), a.Stored()); text != string(want) {
						t.Errorf("the content is %q, want %q", text, want)
					}
				})
			}
		}
	}
}

// endedFor says whether the import ended for the change of a file.
func endedFor(err error, file string) bool {
	return errors.Is(err, legacy.ErrSourceChanged) && strings.Contains(err.Error(), file)
}
