package backup

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/internal/durable"

	"github.com/google/go-cmp/cmp"
)

// smash overwrites pages in the middle of a closed database.
func smash(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(strings.Repeat("\xffgarbage", 1024)), info.Size()/2/4096*4096)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	path, _ := newStore(t, 3000)
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Copy(t.Context(), path, to, CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	spoil := map[string]func(name string) error{
		"empty":   func(name string) error { return os.Truncate(name, 0) },
		"cut off": func(name string) error { return os.Truncate(name, 100*1024) },
		"header":  func(name string) error { return os.WriteFile(name, []byte("SQLite format 3\x00"), 0o600) },
		"smashed": func(name string) error { smash(t, name); return nil },
		"wal":     func(name string) error { return os.WriteFile(name+"-wal", []byte("x"), 0o600) },
		"journal": func(name string) error { return os.WriteFile(name+"-journal", []byte("x"), 0o600) },
	}
	for name, f := range spoil {
		bad := filepath.Join(t.TempDir(), "bad.db")
		if err := errors.Join(durable.CopyFile(t.Context(), to, bad), f(bad)); err != nil {
			t.Fatal(err)
		}
		before := files(t, filepath.Dir(bad))
		if err := Verify(t.Context(), bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, files(t, filepath.Dir(bad))); diff != "" {
			t.Errorf("%s: verify left files: %s", name, diff)
		}
	}
	if err := Verify(t.Context(), to+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// TestEqual changes one thing in a copy at a time.
func TestEqual(t *testing.T) {
	path, pool := newStore(t, 10)
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
		if _, err := Copy(t.Context(), path, to, CopyOptions{}); err != nil {
			t.Fatal(err)
		}
		changed := open(t, to, "mode=rw")
		execute(t, changed, text)
		is, err := survey(t.Context(), changed)
		if err != nil {
			t.Fatal(err)
		}
		if err := was.equal(is); !errors.Is(err, ErrDiffers) {
			t.Errorf("%s: %v", text, err)
		}
	}
	same := facts{schema: maps.Clone(was.schema), rows: maps.Clone(was.rows)}
	if err := was.equal(same); err != nil {
		t.Error(err)
	}
}

// TestVerifyRemoved: a backup that is removed while somebody looks at it is none, and not a damaged one, of which
// nothing is written down.
func TestVerifyRemoved(t *testing.T) {
	db, _ := newStore(t, 3)
	c := newCatalog(t)
	first, second := create(t, c, db, CreateOptions{}), create(t, c, db, CreateOptions{})
	fatal(t, c.Look(first), c.Remove(t.Context(), first.ID))
	if err := c.Look(first); !errors.Is(err, ErrNone) {
		t.Errorf("looked at: %v", err)
	}
	err := c.Verify(t.Context(), second.ID, true, func(Content) error {
		return errors.Join(c.Remove(t.Context(), second.ID), errors.New("gone"))
	})
	if !errors.Is(err, ErrNone) {
		t.Errorf("verified: %v", err)
	}
	if left := files(t, c.dir); len(left) != 1 { // the lock
		t.Errorf("left: %v", left)
	}
}
