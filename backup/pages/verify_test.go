package pages

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/internal/backuptest"
	"taskstore/internal/durable"

	"github.com/google/go-cmp/cmp"
)

func TestInspect(t *testing.T) {
	path, _ := backuptest.NewStore(t, 3000)
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, _, err := copied(t.Context(), path, to); err != nil {
		t.Fatal(err)
	}
	spoil := map[string]func(name string) error{
		"empty":   func(name string) error { return os.Truncate(name, 0) },
		"cut off": func(name string) error { return os.Truncate(name, 100*1024) },
		"header":  func(name string) error { return os.WriteFile(name, []byte("SQLite format 3\x00"), 0o600) },
		"smashed": func(name string) error { backuptest.Smash(t, name); return nil },
		"wal":     func(name string) error { return os.WriteFile(name+"-wal", []byte("x"), 0o600) },
		"journal": func(name string) error { return os.WriteFile(name+"-journal", []byte("x"), 0o600) },
	}
	for name, f := range spoil {
		bad := filepath.Join(t.TempDir(), "bad.db")
		if err := errors.Join(durable.CopyFile(t.Context(), to, bad), f(bad)); err != nil {
			t.Fatal(err)
		}
		before := backuptest.Files(t, filepath.Dir(bad))
		_, err := Inspect(t.Context(), bad)
		if Wrap(&err, "inspect"); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, backuptest.Files(t, filepath.Dir(bad))); diff != "" {
			t.Errorf("%s: inspect left files: %s", name, diff)
		}
	}
	if _, err := Inspect(t.Context(), to+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// TestEqual changes one thing in a copy at a time.
func TestEqual(t *testing.T) {
	path, pool := backuptest.NewStore(t, 10)
	was, err := survey(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`DELETE FROM notes WHERE pk = 3`,
		`CREATE INDEX notes_by_title ON notes (title)`,
		`DROP TABLE "note ""tags"""`,
	} {
		to := filepath.Join(t.TempDir(), "copy.db")
		if _, _, err := copied(t.Context(), path, to); err != nil {
			t.Fatal(err)
		}
		changed := backuptest.Open(t, to, "mode=rw")
		backuptest.Execute(t, changed, text)
		is, err := survey(t.Context(), changed)
		if err != nil {
			t.Fatal(err)
		}
		if err := was.equal(is); !errors.Is(err, ErrDiffers) {
			t.Errorf("%s: %v", text, err)
		}
	}
	same := Facts{schema: maps.Clone(was.schema), Rows: maps.Clone(was.Rows)}
	if err := was.equal(same); err != nil {
		t.Error(err)
	}
}
