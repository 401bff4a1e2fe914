package repo_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// addOne counts a number that stands in a text up by one.
func addOne(text string) string {
	n, _ := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(text))
	return strconv.Itoa(n + 1)
}

// modifyName and modifySummary are an editor's and an enrichment's change of
// the same session.
func modifyName(ctx context.Context, s *repo.Store) error {
	_, err := s.Sessions.Modify(ctx, "s", func(v *schema.Session) error { v.Name = addOne(v.Name); return nil })
	return err
}

func modifySummary(ctx context.Context, s *repo.Store) error {
	_, err := s.Sessions.Modify(ctx, "s", func(v *schema.Session) error {
		v.Summary = schema.Document(`{"n":` + addOne(string(v.Summary)) + `}`)
		return nil
	}, "summary")
	return err
}

func wantBoth(t *testing.T, s *repo.Store, n int) {
	t.Helper()
	v, err := s.Sessions.Get(t.Context(), "s", "summary")
	fatal(t, err)
	if v.Name != strconv.Itoa(n) || string(v.Summary) != fmt.Sprintf(`{"n":%d}`, n) || v.Rev != int64(2*n+1) {
		t.Errorf("after %d changes of each: name %s, summary %s, revision %d", n, v.Name, v.Summary, v.Rev)
	}
	list, err := s.Sessions.History(t.Context(), "s")
	if err != nil || len(list) != 2*n {
		t.Errorf("%d states are kept of %d, %v", len(list), 2*n, err)
	}
}

// TestModifyGoroutines: two goroutines change one session and lose nothing.
func TestModifyGoroutines(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 50
	}
	s := testdb.Open(t)
	v := schema.Session{Head: schema.Head{ID: "s"}, Name: "0"}
	fatal(t, s.Sessions.Save(t.Context(), &v))
	var wg sync.WaitGroup
	for _, change := range []func(context.Context, *repo.Store) error{modifyName, modifySummary} {
		wg.Go(func() {
			for range n {
				if err := change(t.Context(), s); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantBoth(t, s, n)
}

// TestSaveAgainstForeign: a stale Save conflicts also while tools and a second
// process write.
func TestSaveAgainstForeign(t *testing.T) {
	s := testdb.Open(t)
	testdb.Shell(t, s, "SELECT 1;") // no shell: skip here and not in a goroutine
	other := testdb.Reopen(t, s.Dir())
	n := note("a", "0")
	fatal(t, s.Notes.Save(t.Context(), n))
	got, err := other.Notes.Get(t.Context(), "a")
	fatal(t, err)
	got.Content = "1"
	fatal(t, other.Notes.Save(t.Context(), &got))
	n.Content = "lost"
	if err := s.Notes.Save(t.Context(), n); !errors.Is(err, repo.ErrConflict) {
		t.Errorf("another process was first: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 5 {
			testdb.Shell(t, s, fmt.Sprintf("INSERT INTO notes (id, content) VALUES ('f%d', 'x'); UPDATE notes SET summary = '%d' WHERE id = 'a';", i, i))
		}
	})
	for i := range 100 {
		_, err := s.Notes.Modify(t.Context(), "a", func(n *schema.Note) error { n.Content = fmt.Sprint(i); return nil })
		fatal(t, err)
	}
	wg.Wait()
	final, err := s.Notes.Get(t.Context(), "a")
	if err != nil || final.Content != "99" || final.Summary != "4" || final.Rev != 2+100+5 {
		t.Errorf("at the end: content %s, summary %s, revision %d, %v", final.Content, final.Summary, final.Rev, err)
	}
	if c := noteCount(t, s); c != 6 {
		t.Errorf("%d notes, want 6", c)
	}
}
