//go:build unix

package sqlitedb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMoved: whatever happens to the name of an open file, no write is acknowledged that nobody
// would find, and what was acknowledged before is in the file, wherever that is.
func TestMoved(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(path string) error
		now     func(path string) string // where the file is then; nil: nowhere
	}{
		"directory moved":   {func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+"2") }, func(path string) string { return filepath.Join(filepath.Dir(path)+"2", filepath.Base(path)) }},
		"directory removed": {func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, nil},
		"file removed":      {os.Remove, nil},
		"log removed":       {func(path string) error { return os.Remove(path + "-wal") }, func(path string) string { return path }},
	} {
		t.Run(name, func(t *testing.T) {
			path := numberFile(t)
			db := openTest(t, path)
			fatal(t, db.Do(t.Context(), add(1)))
			fatal(t, c.happens(path))
			for range 2 {
				if err := db.Do(t.Context(), add(2)); !errors.Is(err, ErrMoved) {
					t.Errorf("a write: %v", err)
				}
			}
			if err := db.Maintain(t.Context(), "VACUUM"); err == nil && name != "log removed" {
				t.Error("an upkeep says that it was done")
			}
			closeTest(t, db)
			if c.now != nil {
				wantNumbers(t, c.now(path), 1)
			}
		})
	}
}

// TestMovedAndReplaced: a store that is put in the place of an open one is read and written by
// those alone who have opened it since, and the log of its programs stays when the first closes.
func TestMovedAndReplaced(t *testing.T) {
	path, second := numberFile(t), numberFile(t)
	db := openTest(t, path, func(o *Options) { o.Readers = 1 })
	fatal(t, db.Do(t.Context(), add(1)))
	dir := filepath.Dir(path)
	fatal(t, os.Rename(dir, dir+"2"))
	fatal(t, os.Rename(filepath.Dir(second), dir))
	other := openTest(t, path)
	fatal(t, other.Do(t.Context(), add(7)))
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		var n int
		if err := tx.Get(ctx, &n, "SELECT sum(n) FROM number"); err != nil || n != 1 {
			t.Errorf("read %d, %v", n, err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrMoved) {
		t.Error(err)
	}
	if err := db.Do(t.Context(), add(2)); !errors.Is(err, ErrMoved) {
		t.Errorf("a write: %v", err)
	}
	before, err := os.Stat(path + "-wal")
	fatal(t, err)
	closeTest(t, db)
	after, err := os.Stat(path + "-wal")
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the log of the other was removed: %v", err)
	}
	fatal(t, other.Do(t.Context(), add(8)))
	closeTest(t, other)
	wantNumbers(t, path, 7, 8)
	wantNumbers(t, filepath.Join(dir+"2", filepath.Base(path)), 1)
}
