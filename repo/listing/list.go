package listing

import (
	"context"

	"taskstore/internal/sqlitedb"
)

// Briefs reads the next n rows after c in the order of the query; with back those before
// it, the nearest first. Rows without a sort key are the last in both directions.
func (s *Selection) Briefs(ctx context.Context, x *sqlitedb.Tx, c At, n int, back bool) (page Briefs, _ error) {
	o, err := orderOf(s.r, s.q)
	if err != nil || s.none {
		return page, err
	}
	if back {
		o.desc = !o.desc
	}
	if s.words.Texts != nil {
		last, whole, err := s.tryBriefs(ctx, x, o, c, back, &page, n)
		if err != nil || whole {
			return page, err
		}
		c = last
	}
	if s.everything(o, c, n) {
		if whole, err := s.readEverything(ctx, x, o, &page, n); err != nil || whole {
			return page, err
		}
	}
	return page, s.briefsAfter(ctx, x, o, c, back, &page, n)
}

// briefsAfter adds what comes after c to a page of n at most.
func (s *Selection) briefsAfter(ctx context.Context, x *sqlitedb.Tx, o order, c At, back bool, page *Briefs, n int) error {
	for _, st := range s.stretches(o, c, back) {
		if len(page.Rows) >= n {
			return nil
		}
		if s.timeless(o, st) {
			continue
		}
		text, args := s.stretchSQL(o, st, n-len(page.Rows))
		if err := scanBriefs(ctx, x, s.r, page, o.by, n, text, args); err != nil {
			return err
		}
	}
	return nil
}

// triedMost is how many entities are looked at one by one for a page.
const triedMost = 200

// tryBriefs is briefsAfter for words that very many texts have: it goes through the entities that
// the rest of the query leaves and asks for one text of each, which takes 0.1 ms, where the
// list of all texts that match takes 80. If too few have one, it gives the last that it
// has looked at, and the page is not whole.
func (s *Selection) tryBriefs(ctx context.Context, x *sqlitedb.Tx, o order, c At, back bool, page *Briefs, n int) (last At, whole bool, _ error) {
	rest := *s
	rest.words = Words{}
	for tried := 0; tried < triedMost && len(page.Rows) < n; {
		size := n - len(page.Rows) + 8 // some of them fail
		var some Briefs
		if err := rest.briefsAfter(ctx, x, o, c, back, &some, size); err != nil {
			return c, false, err
		}
		for i := 0; i < len(some.Rows) && len(page.Rows) < n; i++ {
			has, err := s.words.Texts.Has(ctx, x, s.r.Kind, some.Rows[i].PK)
			if err != nil {
				return c, false, err
			}
			if c = some.At(i); has {
				b, key := page.add(n)
				*b, *key = some.Rows[i], some.keys[i]
			}
		}
		if tried += len(some.Rows); len(some.Rows) < size {
			return c, true, nil
		}
	}
	return c, len(page.Rows) == n, nil
}
