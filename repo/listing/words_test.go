package listing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// every is a text that one in so many notes have.
type every struct {
	n      int64
	looked int
	err    error
}

func (e *every) Has(_ context.Context, _ *sqlitedb.Tx, _ string, pk int64) (bool, error) {
	e.looked++
	return pk%e.n == 0, e.err
}

func (e *every) words() listing.Words {
	return listing.Words{SQL: "e.pk % ? = 0", Args: []any{e.n}, Texts: e}
}

// notes gives fn what reads in a store of n notes, one a minute.
func notes(t *testing.T, n int, fn func(ctx context.Context, x *sqlitedb.Tx) error) {
	t.Helper()
	store := testdb.Open(t)
	list := make([]*schema.Note, n)
	for i := range list {
		at := schema.TimeOf(time.Date(2025, 1, 1, 0, i, 0, 0, time.UTC))
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: "c", Timestamp: at, Tags: []string{"all"}}
	}
	if err := store.Notes.Save(repo.DeferIndex(t.Context()), list...); err != nil {
		t.Fatal(err)
	}
	db, err := sqlitedb.Open(t.Context(), store.Path(), sqlitedb.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func ids(page listing.Briefs) (list []string) {
	for _, b := range page.Rows {
		list = append(list, b.ID)
	}
	return list
}

// TestTexts: where a page is made by a look at one record after the other, it has the records
// that the condition alone gives, from whatever place on; and no more than a few hundred
// are looked at, however few have a text that matches.
func TestTexts(t *testing.T) {
	const n, limit = 1200, 20
	notes(t, n, func(ctx context.Context, x *sqlitedb.Tx) error {
		for _, one := range []struct {
			every  int64
			looked int // at most
		}{{1, limit + 8}, {5, 6 * limit}, {100, 250}, {n + 1, 250}} {
			for _, q := range []listing.Query{{}, {Tags: []string{"all"}, Sort: listing.SortTitle}} {
				texts := &every{n: one.every}
				by, err := listing.Select(ctx, x, rows.Notes, q, texts.words())
				if err != nil {
					return err
				}
				all, err := listing.Select(ctx, x, rows.Notes, q, listing.Words{SQL: "e.pk % ? = 0", Args: []any{one.every}})
				if err != nil {
					return err
				}
				var from listing.At
				for range 2 {
					texts.looked = 0
					got, err := by.Briefs(ctx, x, from, limit, false)
					if err != nil {
						return err
					}
					want, err := all.Briefs(ctx, x, from, limit, false)
					if err != nil {
						return err
					}
					if diff := cmp.Diff(ids(want), ids(got)); diff != "" || texts.looked > one.looked {
						t.Errorf("one in %d by %q: %d looked at (-want +got):\n%s", one.every, q.Sort, texts.looked, diff)
					}
					if len(got.Rows) == limit {
						from = got.At(limit - 1)
					}
				}
			}
		}
		return nil
	})
}

// TestTextsFail: what cannot be looked into is no record without the text.
func TestTextsFail(t *testing.T) {
	notes(t, 10, func(ctx context.Context, x *sqlitedb.Tx) error {
		texts := &every{n: 1, err: errors.New("cannot be read")}
		s, err := listing.Select(ctx, x, rows.Notes, listing.Query{}, texts.words())
		if err != nil {
			return err
		}
		if page, err := s.Briefs(ctx, x, listing.At{}, 5, false); !errors.Is(err, texts.err) {
			t.Errorf("a page of %d, %v", len(page.Rows), err)
		}
		if n, _, err := s.Estimate(ctx, x); !errors.Is(err, texts.err) {
			t.Errorf("an estimate of %d, %v", n, err)
		}
		return nil
	})
}

// TestNothing: a query whose words no record can match has an empty page and a count of 0, but
// is refused like any other for what its kind does not have.
func TestNothing(t *testing.T) {
	notes(t, 10, func(ctx context.Context, x *sqlitedb.Tx) error {
		s, err := listing.Select(ctx, x, rows.Notes, listing.Query{}, listing.Words{Nothing: true})
		if err != nil {
			return err
		}
		page, at, err := s.Page(ctx, x, listing.Query{})
		if err != nil || len(page) > 0 || at != (listing.Cursors{}) {
			t.Errorf("a page of %d, %+v, %v", len(page), at, err)
		}
		if n, err := s.Count(ctx, x); err != nil || n != 0 {
			t.Errorf("a count of %d, %v", n, err)
		}
		var invalid *schema.InvalidError
		if _, err := listing.Select(ctx, x, rows.Contacts, listing.Query{Status: []string{"x"}}, listing.Words{Nothing: true}); !errors.As(err, &invalid) {
			t.Errorf("a status of contacts: %v", err)
		}
		return nil
	})
}
