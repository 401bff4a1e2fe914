package sqlitedb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// TestSame: while another connection commits as fast as it can, all transactions see
// the same rows, none of them can write to the file, and all can make temporary tables.
func TestSame(t *testing.T) {
	db := filled(t, 3)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := 3; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := db.Do(t.Context(), add(n)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer writing.Wait()
	defer close(stop)
	for range 30 {
		err := db.Same(t.Context(), 4, func(ctx context.Context, txs []*Tx) error {
			counts := make([]int, len(txs))
			for i, tx := range txs {
				if err := tx.Get(ctx, &counts[i], sqlCount); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, "CREATE TEMP TABLE mine AS SELECT n FROM number"); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, "DELETE FROM number"); !errors.Is(Classify(err), ErrReadOnly) {
					t.Errorf("a write: %v", err)
				}
			}
			if len(counts) != 4 || slices.Min(counts) != slices.Max(counts) {
				t.Errorf("the transactions see %v numbers", counts)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestVersionOfSnapshot: a commit between the beginnings of two snapshots is noticed.
func TestVersionOfSnapshot(t *testing.T) {
	db := filled(t, 1)
	pool, err := newPool(sameSource(db.path, db.opt))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conns := make([]*conn, 2)
	for i := range conns {
		if conns[i], err = connect(t.Context(), pool, sqlBeginRead, sqlEndRead); err != nil {
			t.Fatal(err)
		}
		defer conns[i].close()
	}
	for try, commit := range []bool{false, true, false} {
		before, err := conns[1].version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conns[0].beginAt(t.Context()); err != nil {
			t.Fatal(err)
		}
		if commit {
			if err := db.Do(t.Context(), add(100+try)); err != nil {
				t.Fatal(err)
			}
		}
		now, err := conns[1].beginAt(t.Context())
		if err != nil || (now != before) != commit {
			t.Errorf("a commit in between %v: version %d, then %d, %v", commit, before, now, err)
		}
		for _, c := range conns {
			if err := c.run(sqlEndRead); err != nil {
				t.Fatal(err)
			}
		}
	}
}
