package repo_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	t.Parallel()
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
	t.Parallel()
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

// TestCheckBeyondFindings: SQLite's own check ends after 100 findings, and the indexes that it has not
// come to are counted all the same.
func TestCheckBeyondFindings(t *testing.T) {
	t.Parallel()
	dir, _, file := manyNotes(t)
	path := filepath.Join(dir, "store.db")
	db, err := sql.Open("sqlite", path)
	fatal(t, err)
	pages := func(query string) (list []int) {
		rows, err := db.Query(query)
		fatal(t, err)
		defer rows.Close()
		for rows.Next() {
			list = append(list, 0)
			fatal(t, rows.Scan(&list[len(list)-1]))
		}
		fatal(t, rows.Err())
		return list
	}
	leaves := pages("SELECT pageno FROM dbstat WHERE name = 'notes' AND pagetype = 'leaf'")
	empty := pages("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_attachments_1'")
	filled := pages("SELECT d.pageno FROM dbstat AS d JOIN sqlite_schema AS s ON s.rootpage = d.pageno WHERE s.type = 'index' AND d.pagetype = 'leaf' AND d.ncell > 0 LIMIT 1")
	fatal(t, db.Close())
	if len(leaves) < 101 || len(empty) != 1 || len(filled) != 1 {
		t.Fatalf("%d leaves, %v, %v", len(leaves), empty, filled)
	}
	for _, n := range leaves {
		file[(n-1)*pageSize] = 0xff
	}
	copy(file[(empty[0]-1)*pageSize:empty[0]*pageSize], file[(filled[0]-1)*pageSize:])
	fatal(t, os.WriteFile(path, file, 0o600))
	s := testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaDB}})
	fatal(t, err)
	if !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool {
		return p.Table == "attachments" && strings.HasPrefix(p.Detail, "index sqlite_autoindex_attachments_1 holds ")
	}) {
		t.Errorf("the index is not among %d findings: %+v", len(rep.Problems), rep.Problems[max(0, len(rep.Problems)-2):])
	}
}
