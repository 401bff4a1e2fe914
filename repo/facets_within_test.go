package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// TestFacetsWithin: a read within a transaction finds the facets as the transaction has left
// them, also after a call that failed or a job of the same batch that did.
func TestFacetsWithin(t *testing.T) {
	s := openInternal(t)
	count := func(ctx context.Context, tx *Tx) (n int) {
		t.Helper()
		if err := listing.SettleFacets(ctx, tx.q); err != nil {
			t.Fatal(err)
		}
		if err := tx.q.Get(ctx, &n, "SELECT coalesce((SELECT records FROM facets WHERE kind = 'note' AND field = 'tag' AND value = 'x' AND NOT trash), 0)"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	save := func(ctx context.Context, tx *Tx, ids ...string) error {
		var list []*schema.Note
		for _, id := range ids {
			list = append(list, &schema.Note{Head: schema.Head{ID: id}, Content: "c", Tags: []string{"x"}})
		}
		return tx.Notes.Save(ctx, list...)
	}
	stop := errors.New("stop")
	var seen []int
	err := s.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		seen = append(seen, count(ctx, tx))
		if err := save(ctx, tx, "a"); err != nil {
			return err
		}
		seen = append(seen, count(ctx, tx), count(ctx, tx))
		if err := save(ctx, tx, "b"); err != nil {
			return err
		}
		err := sqlitedb.Whole(ctx, tx.q, func(ctx context.Context) error {
			err := save(ctx, tx, "c")
			seen = append(seen, count(ctx, tx))
			return errors.Join(err, stop)
		})
		if !errors.Is(err, stop) {
			return err
		}
		seen = append(seen, count(ctx, tx))
		return tx.Notes.Purge(ctx, "a")
	})
	if want := []int{0, 1, 1, 3, 2}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("seen %v, %v, want %v", seen, err, want)
	}
	err = s.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		return errors.Join(save(ctx, tx, "d"), map[bool]error{true: stop}[count(ctx, tx) == 2])
	})
	if !errors.Is(err, stop) {
		t.Errorf("the transaction that is undone: %v", err)
	}
	wantFacetsKept(t, s, "an undone transaction")
}

// TestFacetsInBatch: a job that settles what an earlier job of the batch has written, and
// then fails, takes that back; the batch settles it again.
func TestFacetsInBatch(t *testing.T) {
	t.Parallel()
	s := openInternal(t)
	hold, held := make(chan struct{}), make(chan struct{})
	go s.Update(t.Context(), func(context.Context, *Tx) error { close(held); <-hold; return nil })
	<-held
	results := make(chan error, 20)
	for i := range 20 {
		go func() {
			results <- s.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
				err := tx.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: fmt.Sprint(i)}, Content: "c", Tags: []string{"x"}})
				if i%2 == 0 {
					err = errors.Join(err, listing.SettleFacets(ctx, tx.q), errors.New("failed"))
				}
				return err
			})
		}()
	}
	time.Sleep(50 * time.Millisecond) // so that they are in one batch
	close(hold)
	for range 20 {
		<-results
	}
	wantFacetsKept(t, s, "failed jobs in a batch")
	if n, err := s.Notes.Count(t.Context(), Query{}); err != nil || n != 10 {
		t.Errorf("%d notes, %v", n, err)
	}
}
