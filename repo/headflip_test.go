package repo_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// withoutSum makes a store with a note, one of whose bits is flipped in the head of its row: the
// type of a column that was NULL takes the next one for a part of itself, the columns after it
// move up by one, and for the checksum, which is the last, nothing is left.
func withoutSum(t *testing.T) (dir string) {
	t.Helper()
	s := testdb.Unchecked(t)
	note := schema.Note{Head: schema.Head{ID: "n"}, Content: "a text that is long enough to be found in the file"}
	fatal(t, s.Notes.Save(t.Context(), &note))
	fatal(t, s.Close())
	file, err := os.ReadFile(s.Path())
	fatal(t, err)
	for _, h := range testdb.Heads(file) {
		end := min(len(file), h.Last+200)
		null := bytes.LastIndexByte(file[h.First+1:h.Last-2], 0)
		if null < 0 || !bytes.Contains(file[h.Last:end], []byte(note.Content)) || h.Last-h.First < 15 {
			continue
		}
		file[h.First+1+null] ^= 0x80
		fatal(t, os.WriteFile(s.Path(), file, 0o600))
		return s.Dir()
	}
	t.Fatal("no head of the note's row")
	return ""
}

// TestLostChecksum: a checksum that a flipped bit has taken away is damage, and not what another
// program has written; nothing gives the row a new one but a repair, which keeps it first.
func TestLostChecksum(t *testing.T) {
	t.Parallel()
	dir := withoutSum(t)
	s := testdb.Reopen(t, dir) // seals what other programs have written
	damage := check.Problem{Area: check.AreaRows, Table: "notes", Kind: "note", ID: "n"}
	wantProblem(t, s, damage)
	if _, err := s.Notes.Get(t.Context(), "n"); err != nil && !errors.Is(err, repo.ErrCorrupt) {
		t.Errorf("get: %v", err)
	}
	other := schema.Note{Head: schema.Head{ID: "other"}, Content: "x"}
	fatal(t, s.Notes.Save(t.Context(), &other))
	note, err := s.Notes.Get(t.Context(), "n")
	if err == nil {
		note.Content = "new"
		err = s.Notes.Save(t.Context(), &note)
	}
	if !errors.Is(err, repo.ErrCorrupt) {
		t.Errorf("save over it: %v", err)
	}
	wantProblem(t, s, damage)
}

// TestForeignWriteIsSealed: what another program has really written gets its checksum.
func TestForeignWriteIsSealed(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	fillStore(t, s)
	testdb.Shell(t, s, "UPDATE notes SET content = 'by a shell'; INSERT INTO note_tags (note_pk, pos, tag) SELECT pk, 99, 'more' FROM notes LIMIT 1; UPDATE settings SET value = '[]'")
	fatal(t, s.Close())
	s = testdb.Reopen(t, s.Dir())
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaRows}})
	if err != nil || len(rep.Problems) > 0 {
		t.Errorf("%+v, %v", rep, err)
	}
}
