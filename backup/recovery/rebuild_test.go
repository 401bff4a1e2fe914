package recovery_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// manyNotes saves notes with tags.
func manyNotes(t *testing.T, s *repo.Store, prefix string, n int) {
	t.Helper()
	var list []*schema.Note
	for i := range n {
		list = append(list, &schema.Note{Head: schema.Head{ID: fmt.Sprintf("%s%04d", prefix, i)}, Content: fmt.Sprintf("the text of note %d, and somewhat more of it", i), Tags: []string{"a", "b"}})
	}
	fatal(t, s.Notes.Save(t.Context(), list...))
}

// leafPages gives pages of a table that hold rows.
func leafPages(t *testing.T, path, table string) (pages []int64) {
	t.Helper()
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&immutable=1"}
	pool, err := sql.Open("sqlite", u.String())
	fatal(t, err)
	defer pool.Close()
	rows, err := pool.Query("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno", table)
	fatal(t, err)
	defer rows.Close()
	for rows.Next() {
		var n int64
		fatal(t, rows.Scan(&n))
		pages = append(pages, n)
	}
	return pages
}

func smashPage(t *testing.T, path string, page int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	fatal(t, err)
	_, err = f.WriteAt(make([]byte, 4096), (page-1)*4096)
	fatal(t, errors.Join(err, f.Close()))
}

// TestRebuild smashes pages of a store: what is on all others is carried over, what
// is not is named, or comes from the backup.
func TestRebuild(t *testing.T) {
	for _, backedUp := range []bool{false, true} {
		s := testdb.Unchecked(t)
		manyNotes(t, s, "old", 300)
		if backedUp {
			create(t, s)
		}
		manyNotes(t, s, "new", 300)
		fatal(t, s.Close())
		pages := leafPages(t, s.Path(), "notes")
		first, last := pages[1], pages[len(pages)-2]
		smashPage(t, s.Path(), first)
		smashPage(t, s.Path(), last)
		was, err := os.ReadFile(s.Path())
		fatal(t, err)
		r, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{})
		fatal(t, err)
		is, err := os.ReadFile(r.Aside + "/store.db")
		if err != nil || string(is) != string(was) {
			t.Errorf("what was there is not put aside: %v", err)
		}
		damaged := r.Damaged()
		if len(damaged) != 1 || damaged[0].Table != "notes" || (damaged[0].Lost() == len(damaged[0].Unread)) == backedUp || damaged[0].Lost() == 0 {
			t.Fatalf("backed up %v: %+v", backedUp, damaged)
		}
		again := testdb.Reopen(t, s.Dir())
		for id, want := range map[string]bool{"old0000": true, "new0299": true, damaged[0].Unread[0].ID: damaged[0].Unread[0].OfBackup} {
			if _, err := again.Notes.Get(t.Context(), id, repo.Full); (err == nil) != want || err != nil && !errors.Is(err, repo.ErrNotFound) {
				t.Errorf("%s, backed up %v: %v", id, backedUp, err)
			}
		}
		n, err := again.Notes.Count(t.Context(), repo.Query{})
		if fatal(t, err); n+damaged[0].Lost() != 600 {
			t.Errorf("%d notes, and %d are lost", n, damaged[0].Lost())
		}
		_, err = again.RepairRows(t.Context(), false)
		fatal(t, errors.Join(err, again.Close()))
		testdb.WantClean(t, s.Dir())
	}
}

// TestRebuildNothing: a database of which nothing can be read becomes the newest good backup;
// without one that is said, and nothing changes.
func TestRebuildNothing(t *testing.T) {
	for _, backedUp := range []bool{false, true} {
		s := testdb.Unchecked(t)
		manyNotes(t, s, "n", 50)
		if backedUp {
			create(t, s)
		}
		fatal(t, s.Close())
		smashPage(t, s.Path(), 1)
		was, err := os.ReadFile(s.Path())
		fatal(t, err)
		r, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{Wait: time.Second})
		if !backedUp {
			is, e := os.ReadFile(s.Path())
			if !errors.Is(err, repo.ErrCorrupt) || e != nil || string(is) != string(was) {
				t.Errorf("%+v, %v", r, err)
			}
			continue
		}
		if err != nil || !r.Restored || r.Aside == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		testdb.WantClean(t, s.Dir())
	}
}

// TestRebuildSound: a store that is not damaged is the same afterwards.
func TestRebuildSound(t *testing.T) {
	s := filled(t)
	b := create(t, s)
	fatal(t, s.Close())
	r, err := recovery.Rebuild(t.Context(), s.Dir(), recovery.RebuildOptions{})
	if err != nil || len(r.Damaged()) > 0 {
		t.Fatalf("%+v, %v", r.Damaged(), err)
	}
	fatal(t, testdb.Reopen(t, s.Dir()).Close())
	if diff, err := recovery.Diff(t.Context(), s.Dir(), b.ID, recovery.Live, recovery.Options{}); err != nil || len(diff) > 0 {
		t.Errorf("%+v, %v", diff, err)
	}
}
