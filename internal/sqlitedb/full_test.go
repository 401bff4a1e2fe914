package sqlitedb

import (
	"errors"
	"path/filepath"
	"testing"

	"taskstore/internal/sqlfile"
)

// TestFullIsPlain: a full disk is said once, in plain words, with nothing of SQLite's and no number that looks like an exit code.
func TestFullIsPlain(t *testing.T) {
	pool, err := sqlfile.Open(filepath.Join(t.TempDir(), "a.db"), "mode=rwc")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec("PRAGMA max_page_count = 3; CREATE TABLE a (b)"); err != nil {
		t.Fatal(err)
	}
	_, err = pool.Exec("INSERT INTO a VALUES (zeroblob(100000))")
	Wrap(&err, "save it")
	if !errors.Is(err, ErrFull) || err.Error() != "save it: disk is full" {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"copy x: database or disk is full: not an error (13)", "copy x: database or disk is full (13)"} {
		if plain, ok := sqlfile.Full(text); !ok || plain != "copy x: disk is full" {
			t.Errorf("%q is %q", text, plain)
		}
	}
}
