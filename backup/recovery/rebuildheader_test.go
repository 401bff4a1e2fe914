package recovery_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
)

// TestRebuildHeader: a bit in the header that makes all of a store unreadable costs nothing, not even what is newer
// than the backup.
func TestRebuildHeader(t *testing.T) {
	s := testdb.Unchecked(t)
	manyNotes(t, s, "old", 20)
	create(t, s)
	manyNotes(t, s, "new", 20)
	fatal(t, s.Close())
	whole, err := os.ReadFile(s.Path())
	fatal(t, err)
	for _, at := range []int{3, 16, 18, 20, 21, 47, 59} {
		t.Run(fmt.Sprint("byte ", at), func(t *testing.T) {
			damaged := bytes.Clone(whole)
			damaged[at] ^= 0x10
			fatal(t, os.WriteFile(s.Path(), damaged, 0o600))
			r, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{})
			fatal(t, err)
			if r.Restored {
				t.Error("the backup was put back")
			}
			again := testdb.Reopen(t, s.Dir())
			if n, err := again.Notes.Count(t.Context(), repo.Query{}); err != nil || n != 40 {
				t.Errorf("%d notes, %v", n, err)
			}
			rep, err := again.Check(t.Context(), check.Options{})
			if fatal(t, err); rep.Damaged() {
				t.Errorf("%+v", rep.Problems)
			}
			fatal(t, again.Close())
		})
	}
}

// TestRebuildList: a bit in the list of tables that makes all of a store unreadable costs nothing either.
func TestRebuildList(t *testing.T) {
	s := testdb.Unchecked(t)
	manyNotes(t, s, "old", 20)
	create(t, s)
	manyNotes(t, s, "new", 20)
	fatal(t, s.Close())
	whole, err := os.ReadFile(s.Path())
	fatal(t, err)
	at := bytes.Index(whole, []byte("CREATE TABLE topics"))
	whole[at+3] ^= 0x08 // CREITE
	fatal(t, os.WriteFile(s.Path(), whole, 0o600))
	if err := repo.Readable(t.Context(), s.Dir(), repo.Options{}); !errors.Is(err, repo.ErrCorrupt) {
		t.Fatal(err)
	}
	r, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{})
	if fatal(t, err); r.Restored {
		t.Error("the backup was put back")
	}
	if n, err := testdb.Reopen(t, s.Dir()).Notes.Count(t.Context(), repo.Query{}); err != nil || n != 40 {
		t.Errorf("%d notes, %v", n, err)
	}
}
