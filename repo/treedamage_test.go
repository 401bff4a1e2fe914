package repo_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

const (
	pageSize  = 4096
	checkMost = time.Minute // that a check of a small store may take
)

// manyNotes makes a store with so many notes that they are read in pages, and gives its file
// before the last ones came and afterwards.
func manyNotes(t *testing.T) (dir string, before, after []byte) {
	t.Helper()
	s := testdb.Unchecked(t)
	save := func(from, to int) []byte {
		fatal(t, s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
			for i := from; i < to; i++ {
				note := schema.Note{Head: schema.Head{ID: fmt.Sprintf("n%05d", i)}, Content: fmt.Sprint("note ", i), Tags: []string{"a"}}
				if err := tx.Notes.Save(ctx, &note); err != nil {
					return err
				}
			}
			return nil
		}))
		_, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "note"}})
		fatal(t, err)
		fatal(t, s.Close())
		file, err := os.ReadFile(s.Path())
		fatal(t, err)
		return file
	}
	before = save(0, 4000)
	s = testdb.Reopen(t, s.Dir())
	return s.Dir(), before, save(4000, 4500)
}

// wantCheckEnds checks a store whose file is damaged: the check comes to its end and finds it.
func wantCheckEnds(t *testing.T, dir, name string, file []byte) {
	t.Helper()
	fatal(t, os.WriteFile(dir+"/store.db", file, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), checkMost)
	defer cancel()
	ended := make(chan string, 1)
	go func() {
		s, err := repo.Open(ctx, dir, repo.Options{Untouched: true})
		if err != nil {
			ended <- fmt.Sprint("open: ", err)
			return
		}
		rep, err := s.Check(ctx, check.Options{})
		if err := s.Close(); err != nil {
			ended <- fmt.Sprint("close: ", err)
			return
		}
		said := ""
		if err != nil || !rep.Damaged() {
			said = fmt.Sprintf("%v, %+v", err, rep)
		}
		ended <- said
	}()
	select {
	case said := <-ended:
		if said != "" {
			t.Errorf("%s: %s", name, said)
		}
	case <-time.After(checkMost + 5*time.Second):
		t.Fatalf("%s: the check does not end", name)
	}
}

// TestCheckOfExchangedPages: where two child pointers of a page are exchanged, what comes after a
// key stands before it.
func TestCheckOfExchangedPages(t *testing.T) {
	dir, _, file := manyNotes(t)
	n := 0
	for page := 1; page*pageSize < len(file); page++ {
		kind, cells := file[page*pageSize], int(binary.BigEndian.Uint16(file[page*pageSize+3:]))
		if kind != 0x05 && kind != 0x02 || cells < 4 { // inner pages of tables and indexes
			continue
		}
		damaged := bytes.Clone(file)
		p := damaged[page*pageSize:]
		at := func(i int) []byte {
			cell := int(binary.BigEndian.Uint16(p[12+2*i:]))
			return p[cell : cell+4]
		}
		a, b := at(cells/4), at(3*cells/4)
		first := bytes.Clone(a)
		copy(a, b)
		copy(b, first)
		wantCheckEnds(t, dir, fmt.Sprintf("page %d of kind %#x", page+1, kind), damaged)
		if n++; n == 8 {
			break
		}
	}
	if n < 5 {
		t.Errorf("%d inner pages", n)
	}
}

// TestCheckOfTornCopy: a copy of a store that was made while it changed has pages of before and of
// after.
func TestCheckOfTornCopy(t *testing.T) {
	dir, before, after := manyNotes(t)
	draw := rand.New(rand.NewPCG(8, 0))
	for round := range 4 {
		torn := bytes.Clone(after)
		for page := 1; page*pageSize < len(before); page++ {
			if draw.IntN(2) == 0 {
				copy(torn[page*pageSize:(page+1)*pageSize], before[page*pageSize:])
			}
		}
		wantCheckEnds(t, dir, fmt.Sprint("copy ", round), torn)
	}
}
