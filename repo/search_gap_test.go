package repo_test

import (
	"context"
	"errors"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// wantGap wants so many hits for a text and so many notes in a list, and that others are said to be
// left out.
func wantGap(t *testing.T, r repo.Repos, find func(context.Context, repo.Search) (repo.SearchPage, error), text string, hits int, left int64) {
	t.Helper()
	p, err := find(t.Context(), repo.Search{Query: repo.Query{Text: text}})
	fatal(t, err)
	if len(p.Hits) != hits || p.Unindexed != left {
		t.Errorf("%q: %d hits, %d are not indexed; want %d and %d", text, len(p.Hits), p.Unindexed, hits, left)
	}
	list, err := r.Notes.List(t.Context(), repo.Query{Text: text})
	fatal(t, err)
	whole, err := r.Notes.Find(t.Context(), repo.Query{Text: text})
	fatal(t, err)
	n, err := r.Notes.Count(t.Context(), repo.Query{Text: text})
	fatal(t, err)
	if len(list.Items) != hits || len(whole.Items) != hits || n != hits || list.Unindexed != left || whole.Unindexed != left {
		t.Errorf("%q: %d listed, %d found, %d counted, %d and %d are not indexed; want %d and %d",
			text, len(list.Items), len(whole.Items), n, list.Unindexed, whole.Unindexed, hits, left)
	}
}

// TestUnindexedIsSaid: a store that may not write finds nothing wrong in what the index does not
// know, not even where another record has the key now, and says how many records it left out.
func TestUnindexedIsSaid(t *testing.T) {
	s := testdb.Open(t)
	for _, id := range []string{"n1", "n2", "n3"} {
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: id}, Content: "a lion"}))
	}
	ro := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.ReadOnly = true })
	wantGap(t, ro.Repos, ro.Search, "lion", 3, 0)
	testdb.Shell(t, s, `DELETE FROM notes WHERE id = 'n3';
INSERT INTO notes (pk, id, content) VALUES (3, 'n4', 'a zebra');
UPDATE notes SET content = 'a zebra' WHERE id = 'n2'`)
	wantGap(t, ro.Repos, ro.Search, "lion", 1, 2)
	wantGap(t, ro.Repos, ro.Search, "zebra", 0, 2)
	wantGap(t, ro.Repos, ro.Search, "*ebr*", 0, 2)
	if p, err := ro.Search(t.Context(), repo.Search{Query: repo.Query{Text: "zebra"}, Kinds: []string{"task"}}); err != nil || p.Unindexed != 0 {
		t.Errorf("of tasks %d are said not to be indexed: %v", p.Unindexed, err)
	}
	if p, err := ro.Notes.List(t.Context(), repo.Query{}); err != nil || len(p.Items) != 3 || p.Unindexed != 0 {
		t.Errorf("without a text: %d notes, %d left out, %v", len(p.Items), p.Unindexed, err)
	}
	if n, err := ro.Index.Unindexed(t.Context()); n != 2 || err != nil {
		t.Errorf("%d are not indexed: %v", n, err)
	}
	view := func(text string, hits int, left int64) {
		t.Helper()
		fatal(t, s.View(t.Context(), func(_ context.Context, tx *repo.Tx) error {
			wantGap(t, tx.Repos, tx.Search, text, hits, left)
			return nil
		}))
	}
	view("lion", 1, 2) // its snapshot cannot be brought in step any more
	wantGap(t, s.Repos, s.Search, "zebra", 2, 0)
	wantGap(t, ro.Repos, ro.Search, "zebra", 2, 0)
	view("zebra", 2, 0)
}

// TestUnindexedAmongMany: lists by words that very many texts have leave out the same.
func TestUnindexedAmongMany(t *testing.T) {
	s := testdb.Open(t)
	all := commonSessions(t, s)
	ro := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.ReadOnly = true })
	testdb.Shell(t, s, "UPDATE sessions SET name = 'other' WHERE id IN ('s1', 's15')")
	for text, want := range map[string]int{"every": len(all) - 2, "seldom": 18} { // twenty, but for one in the trash and s15
		p, err := ro.Sessions.List(t.Context(), repo.Query{Text: text, Limit: 400})
		if fatal(t, err); len(p.Items) != want || p.Unindexed != 2 {
			t.Errorf("%s: %d listed, %d not indexed, want %d and 2", text, len(p.Items), p.Unindexed, want)
		}
	}
}

// TestNoIndexToRead: where there is no index for this program, a store that may not make it
// says so instead of finding nothing.
func TestNoIndexToRead(t *testing.T) {
	t.Parallel()
	file := indexed(t, t.Context())
	for name, sql := range map[string]string{
		"a part missing":        "DROP TABLE search_rows",
		"marks missing":         "DROP TABLE search_dirty",
		"of another definition": "UPDATE store SET value = 'other' WHERE key = 'search'",
	} {
		dir := testdb.Copy(t, file)
		testdb.ShellIn(t, dir, sql)
		ro := testdb.Reopen(t, dir, func(o *repo.Options) { o.ReadOnly = true })
		_, searched := ro.Search(t.Context(), repo.Search{Query: repo.Query{Text: "marten"}})
		_, listed := ro.Notes.List(t.Context(), repo.Query{Text: "marten"})
		_, counted := ro.Index.Unindexed(t.Context())
		for _, err := range []error{searched, listed, counted} {
			if !errors.Is(err, repo.ErrIndex) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := ro.Notes.List(t.Context(), repo.Query{}); err != nil {
			t.Errorf("%s: a list without words: %v", name, err)
		}
		s := testdb.Reopen(t, dir)
		fatal(t, s.Index.Flush(t.Context(), nil))
		if n := len(found(t, ro, "marten")); n != 20 {
			t.Errorf("%s: made anew, %d are found", name, n)
		}
		fatal(t, ro.Close())
		fatal(t, s.Close())
	}
}
