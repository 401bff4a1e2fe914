package repo

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"

	"golang.org/x/sync/errgroup"
)

// jobsOf is how many jobs the writer runs while fn does, its own question left out.
func jobsOf(t *testing.T, s *Store, fn func() error) int64 {
	t.Helper()
	ran := func() (n int64) {
		err := s.write(t.Context(), func(_ context.Context, q *sqlitedb.Tx) error { n = q.Job(); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := ran()
	if err := fn(); err != nil {
		t.Fatal(err)
	}
	return ran() - before - 1
}

// imported opens a store with notes that the index is to take up later.
func imported(t *testing.T, n int) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{Durability: DurabilityNormal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	list := make([]*schema.Note, n)
	for i := range list {
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: fmt.Sprint("a heron, number ", i)}
	}
	if err := s.Notes.Save(DeferIndex(t.Context()), list...); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSearchesShareOneFlush: several searches after an import bring the index in step once,
// not each for itself.
func TestSearchesShareOneFlush(t *testing.T) {
	find := func(s *Store, text string) error {
		p, err := s.Search(t.Context(), Search{Query: Query{Text: text, Limit: 1}})
		if err == nil && len(p.Hits) != 1 {
			err = fmt.Errorf("%d hits", len(p.Hits))
		}
		return err
	}
	for name, text := range map[string]string{"words": "heron", "parts of words": "*eron*"} {
		t.Run(name, func(t *testing.T) {
			s := imported(t, 3000)
			one := jobsOf(t, s, func() error { return find(s, text) })
			s = imported(t, 3000)
			eight := jobsOf(t, s, func() error {
				var group errgroup.Group
				for range 8 {
					group.Go(func() error { return find(s, text) })
				}
				return group.Wait()
			})
			if eight > one {
				t.Errorf("eight searches have the writer run %d jobs, one %d", eight, one)
			}
			if again := jobsOf(t, s, func() error { return s.Index.Flush(t.Context(), nil) }); again != 0 {
				t.Errorf("with nothing to take up the writer runs %d jobs", again)
			}
		})
	}
}

// TestFlushWaitsNoLonger: who waits for another's flush stops waiting when its context ends.
func TestFlushWaitsNoLonger(t *testing.T) {
	s := imported(t, 200)
	err := s.Index.Flush(t.Context(), func(int64, int64) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := s.Index.Flush(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second flush beside the first: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFirstSearchWritesNothing: after any amount of writing the first search for words, their
// beginnings and their parts has the writer do nothing.
func TestFirstSearchWritesNothing(t *testing.T) {
	s := imported(t, 10)
	if err := s.Index.Flush(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	list := make([]*schema.Note, 1500)
	for i := range list {
		list[i] = &schema.Note{Content: fmt.Sprint("a stork, number ", i)}
	}
	if err := s.Notes.Save(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"s*", "st*", "*tork*", "*eron*", "tork", "nothing"} {
		n := jobsOf(t, s, func() error {
			p, err := s.Search(t.Context(), Search{Query: Query{Text: text, Limit: 1}})
			if err == nil && (len(p.Hits) == 0) != (text == "nothing") {
				err = fmt.Errorf("%q finds %d", text, len(p.Hits))
			}
			return err
		})
		if n != 0 {
			t.Errorf("a search for %s has the writer run %d jobs", text, n)
		}
	}
}

// TestFlushMergesWhatIsLeft: what a flush that ended early has left unmerged the next one merges,
// though there is nothing to take up.
func TestFlushMergesWhatIsLeft(t *testing.T) {
	s := openInternal(t)
	for i := range 100 {
		err := s.write(t.Context(), func(ctx context.Context, q *sqlitedb.Tx) error {
			return index.Unmerged(ctx, q, func() error {
				_, err := q.Exec(ctx, "INSERT INTO search (rowid, body) VALUES (?, 'heron')", i+1)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	segments := func() (n int) {
		err := s.read(t.Context(), func(q *sqlitedb.Tx) (err error) {
			n, _, err = index.Segments(t.Context(), q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := segments(); n != 100 {
		t.Fatalf("%d segments, not 100", n)
	}
	if err := s.Index.Flush(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := segments(); n > 4 {
		t.Errorf("%d segments are left", n)
	}
}
