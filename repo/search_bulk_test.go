package repo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/jmoiron/sqlx"
)

// laterNotes saves notes that the index is to take up later: about 1 KB each.
func laterNotes(t *testing.T, s *repo.Store, from, n int) {
	t.Helper()
	list := make([]*schema.Note, n)
	for i := range list {
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", from+i)}, Content: strings.Repeat(fmt.Sprintf("every w%d ", from+i), 120)}
	}
	fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), list...))
}

// wantSegments looks at what FTS5 has made, and that it is told to merge as ever.
func wantSegments(t *testing.T, s *repo.Store, least, most int) {
	t.Helper()
	db, err := sqlx.Open("sqlite", s.Path())
	fatal(t, err)
	defer db.Close()
	var segments, automerge int
	fatal(t, db.Get(&segments, "SELECT count(DISTINCT segid) FROM search_idx"))
	fatal(t, db.Get(&automerge, "SELECT coalesce((SELECT v FROM search_config WHERE k = 'automerge'), 4)"))
	if segments < least || segments > most || automerge != 4 {
		t.Errorf("%d segments, not %d to %d; automerge %d", segments, least, most, automerge)
	}
}

func wantEvery(t *testing.T, s *repo.Store, want int64) {
	t.Helper()
	n, err := s.Notes.Count(t.Context(), repo.Query{Text: "every"})
	if fatal(t, err); int64(n) != want {
		t.Errorf("%d notes are found, not %d", n, want)
	}
	fatal(t, listed(t.Context(), s, repo.Query{Text: "w7"}, 1))
}

// TestBulkMerges: many texts become one segment, a few more are not merged with all
// that there are.
func TestBulkMerges(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	laterNotes(t, s, 0, 1500)
	fatal(t, s.Index.Flush(t.Context(), nil))
	wantSegments(t, s, 1, 1)
	laterNotes(t, s, 1500, 70)
	fatal(t, s.Index.Flush(t.Context(), nil))
	wantSegments(t, s, 2, 2)
	wantEvery(t, s, 1570)
	fatal(t, s.Index.Rebuild(t.Context(), nil))
	wantSegments(t, s, 1, 1)
	wantEvery(t, s, 1570)
}

// TestBulkInterrupted: a bulk that ended early leaves an index that others write to, and
// that the next bulk completes.
func TestBulkInterrupted(t *testing.T) {
	s := testdb.Open(t)
	laterNotes(t, s, 0, 2500)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Index.Flush(ctx, func(done, _ int64) {
		if done > 1000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	wantSegments(t, s, 2, 5)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "between"}, Content: "every now and then"}))
	wantEvery(t, s, 2501)
	wantSegments(t, s, 1, 2)
}

// TestBulkBesideWriter: what others write while very many texts are indexed is found, and
// so are the texts.
func TestBulkBesideWriter(t *testing.T) {
	s := testdb.Open(t)
	laterNotes(t, s, 0, 2500)
	saved := 0
	fatal(t, s.Index.Flush(t.Context(), func(done, _ int64) {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", done/2)}, Content: "every other"}
		old, err := s.Notes.Get(t.Context(), n.ID)
		if fatal(t, err); old.Content == n.Content {
			return
		}
		n.Head = old.Head
		fatal(t, s.Notes.Save(t.Context(), n))
		saved++
	}))
	n, err := s.Notes.Count(t.Context(), repo.Query{Text: "other"})
	if fatal(t, err); n != saved || saved < 3 {
		t.Errorf("%d of %d saved meanwhile are found", n, saved)
	}
	wantEvery(t, s, 2500)
	wantSegments(t, s, 1, 3)
}

// TestBulkMarksOfOneRecord: what is noted of a record twice, as a whole and in part, is
// indexed once, wherever one page of marks ends and the next begins.
func TestBulkMarksOfOneRecord(t *testing.T) {
	s := testdb.Open(t)
	laterNotes(t, s, 0, 100)
	for i := range 99 {
		_, err := s.Notes.Modify(repo.DeferIndex(t.Context()), fmt.Sprint("n", i+1), func(n *schema.Note) error {
			n.Content += " again"
			return nil
		})
		fatal(t, err)
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	p, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "again", Limit: 100}})
	fatal(t, err)
	for _, h := range p.Hits {
		if h.Matches != 1 {
			t.Errorf("%s is in the index %d times", h.ID, h.Matches)
		}
	}
	if len(p.Hits) != 99 {
		t.Errorf("%d notes are found, not 99", len(p.Hits))
	}
}

// TestSavesLeaveFewSegments: notes that are saved one by one, each with words of its own, do not
// leave searches more and more segments to look into.
func TestSavesLeaveFewSegments(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	db, err := sqlx.Open("sqlite", s.Path())
	fatal(t, err)
	defer db.Close()
	most := map[string]int{}
	for i := range 150 {
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Content: fmt.Sprintf("every own%c%cword", 'a'+i/26, 'a'+i%26)}))
		for _, table := range []string{"search_idx", "search_word_parts_idx"} {
			var n int
			fatal(t, db.Get(&n, "SELECT count(DISTINCT segid) FROM "+table))
			most[table] = max(most[table], n)
		}
	}
	for table, n := range most {
		if n < 5 || n > 28 {
			t.Errorf("%s has up to %d segments, not 5 to 28", table, n)
		}
	}
	n, err := s.Notes.Count(t.Context(), repo.Query{Text: "every"})
	if fatal(t, err); n != 150 {
		t.Errorf("%d notes are found", n)
	}
}
