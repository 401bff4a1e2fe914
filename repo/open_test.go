package repo_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
)

func TestOpenRefuses(t *testing.T) {
	dir := testdb.Dir(t)
	file := filepath.Join(dir, "file")
	fatal(t, os.WriteFile(file, []byte("x"), 0o644))
	none := filepath.Join(dir, "none")
	for _, c := range []struct {
		dir  string
		opt  repo.Options
		want error
	}{
		{file, repo.Options{}, repo.ErrNoStore},
		{file, repo.Options{ReadOnly: true}, repo.ErrNoStore},
		{none, repo.Options{ReadOnly: true}, repo.ErrNoStore},
		{none, repo.Options{Untouched: true}, repo.ErrNoStore},
		{none, repo.Options{NoCreate: true}, repo.ErrNoStore},
	} {
		if _, err := repo.Open(t.Context(), c.dir, c.opt); !errors.Is(err, c.want) {
			t.Errorf("%s with %+v: %v, want %v", filepath.Base(c.dir), c.opt, err, c.want)
		}
	}
	if _, err := repo.Open(t.Context(), filepath.Join(file, "below"), repo.Options{}); err == nil {
		t.Error("a store below a file was opened")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("something was made: %v, %v", entries, err)
	}
	s := testdb.Open(t)
	fatal(t, s.Close())
	ro := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.ReadOnly = true })
	if err := ro.Notes.Save(t.Context(), note("a", "1")); !errors.Is(err, repo.ErrReadOnly) {
		t.Errorf("a save in a store that is open for reading: %v", err)
	}
}
