package repo

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/repo/search"
	"taskstore/schema"
)

// Page is a part of the answer to a Query.
type Page[T any] struct {
	Items []T
	Next  Cursor // for After: the page after this one; "" at the end
	Prev  Cursor // for Before: the page before this one; "" at the beginning
	// Unknown are the filters of Text that name nothing there is, such as topic:Nobody, and the statuses, tags and
	// links of the query (of List): why the page is empty. Known says what there is instead of a status or a tag,
	// the nearest first.
	Unknown []string
	Known   []string
	// Unindexed is how many records were left out because of Text: see SearchPage.Unindexed.
	Unindexed int64
}

// readIndexed reads with q's text looked at.
func (c Collection[T]) readIndexed(ctx context.Context, q Query, fn func(*sqlitedb.Tx, search.Prepared) error) error {
	if q.Text == "" {
		return c.in.read(ctx, func(x *sqlitedb.Tx) error {
			s, err := listing.Select(ctx, x, c.r, q, listing.Words{})
			if err != nil {
				return err
			}
			return fn(x, search.Prepared{Selection: s, Asked: q})
		})
	}
	return c.in.readIndexed(ctx, func(x *sqlitedb.Tx, g search.Gap) error {
		defer x.Limited(ctx)()
		s, err := search.PrepareText(ctx, x, c.r, g, q, c.in.now())
		if err != nil {
			return err
		}
		return fn(x, s)
	})
}

// List gives a page of brief rows, which read no document and no long list.
func (c Collection[T]) List(ctx context.Context, q Query) (p Page[schema.Brief], err error) {
	defer sqlitedb.Wrap(&err, "list %s", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) error {
		result, at, err := s.Page(ctx, x, q)
		if err != nil {
			return err
		}
		p.Prev, p.Next, p.Unknown, p.Unindexed, p.Items = at.Prev, at.Next, s.Unknown, s.Unindexed, result
		if len(result) == 0 && len(p.Unknown) == 0 {
			p.Unknown, p.Known, err = listing.Missing(ctx, x, []*rows.Relation{c.r}, s.Asked)
			return err
		}
		for i := range p.Items {
			p.Items[i].Title = fts.PlainTitle(c.r.Kind, p.Items[i].Title)
		}
		return listing.ReadTags(ctx, x, c.r, p.Items)
	})
	return p, err
}

// LeastPrefix is how many characters, at least, name a record by the beginning of its id.
const LeastPrefix = 4

// WithPrefix gives brief rows, without tags, of the first limit entities whose ids begin with a text, in the trash or
// not, in the order of ids: an entity whose id is the text itself comes first.
func (c Collection[T]) WithPrefix(ctx context.Context, prefix string, limit int) (list []schema.Brief, err error) {
	defer sqlitedb.Wrap(&err, "look for %s whose ids begin with %q", c.r.Name, prefix)
	err = c.in.read(ctx, func(x *sqlitedb.Tx) (err error) {
		list, err = listing.WithPrefix(ctx, x, c.r, prefix, limit)
		for i := range list {
			list[i].Title = fts.PlainTitle(c.r.Kind, list[i].Title)
		}
		return err
	})
	return list, err
}

// full reads whole entities in the order of brief rows.
func wholeRows(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, result []schema.Brief, want map[string]bool) ([]rows.Loaded, error) {
	pks := make([]int64, len(result))
	for i := range result {
		pks[i] = result[i].PK
	}
	list, _ := json.Marshal(pks)
	found, err := r.Read(ctx, x, r.SQL.GetPKs, []any{string(list)}, want)
	if err != nil {
		return nil, err
	}
	byPK := r.ByPK(found)
	ordered := make([]rows.Loaded, 0, len(result))
	for _, pk := range pks {
		v, ok := byPK[pk]
		if !ok { // in one snapshot
			return nil, &sqlitedb.ValueError{Table: r.Name, PK: pk, Column: "pk", Detail: "a key that a list has, and by which the row is not found"}
		}
		ordered = append(ordered, rows.Loaded{V: v})
	}
	return ordered, nil
}

// Find gives a page of whole entities.
func (c Collection[T]) Find(ctx context.Context, q Query, parts ...string) (p Page[T], err error) {
	defer sqlitedb.Wrap(&err, "find %s", c.r.Name)
	want, err := c.r.Parts(parts)
	if err != nil {
		return p, err
	}
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) error {
		result, at, err := s.Page(ctx, x, q)
		if err != nil {
			return err
		}
		found, err := wholeRows(ctx, x, c.r, result, want)
		p.Prev, p.Next, p.Unknown, p.Unindexed, p.Items = at.Prev, at.Next, s.Unknown, s.Unindexed, make([]T, 0, len(found))
		for _, l := range found {
			p.Items = append(p.Items, *l.V.(*T))
		}
		return err
	})
	return p, err
}

// streamPage is how many entities All reads at a time.
const streamPage = 32

// All gives every entity that q asks for, from one snapshot, a few at a time in
// memory. It ends after an error. Limit and After do not count.
func (c Collection[T]) All(ctx context.Context, q Query, parts ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		want, err := c.r.Parts(parts)
		if err == nil {
			err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) error { return c.stream(ctx, x, s, want, yield) })
		}
		if err != nil && !errors.Is(err, errStop) {
			sqlitedb.Wrap(&err, "read %s", c.r.Name)
			yield(zero, err)
		}
	}
}

func (c Collection[T]) stream(ctx context.Context, x *sqlitedb.Tx, s search.Prepared, want map[string]bool, yield func(T, error) bool) error {
	before, err := s.CompareAt()
	if err != nil {
		return err
	}
	return sqlitedb.Keyset(ctx, "the list of "+c.r.Name, listing.At{}, before, func(after listing.At) (last listing.At, more bool, err error) {
		page, err := s.Briefs(ctx, x, after, streamPage, false)
		if err != nil {
			return last, false, err
		}
		found, err := wholeRows(ctx, x, c.r, page.Rows, want)
		if err != nil {
			return last, false, err
		}
		for _, l := range found {
			if !yield(*l.V.(*T), nil) {
				return last, false, errStop
			}
		}
		if len(page.Rows) < streamPage {
			return last, false, nil
		}
		return page.At(streamPage - 1), true, nil
	})
}

// Count tells how many entities q asks for. Limit and After do not count.
//
// It reads a number that is kept, at once whatever the store holds, for: everything;
// statuses; one tag, link, or NotTags alone; From and To alone; each live or in the trash.
// For anything else it looks at each record of the rarest filter, 1.5 to 2 s for a
// million; with words, at what they leave. Estimate does not.
func (c Collection[T]) Count(ctx context.Context, q Query) (n int, err error) {
	defer sqlitedb.Wrap(&err, "count %s", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		n, err = s.Count(ctx, x)
		return err
	})
	return n, err
}

// Estimate is Count that takes no more than some 20 ms at a million entities. The number is
// exact unless about is true: where it is kept, and where the rarest filter has at most
// 4,000 records, of which each is looked at. Else it is estimated from 4,000 records of the
// rarest filter, from both ends of the order of titles, or from 240 for words that very
// many texts have: a number of which few of those are a part is then far from exact, and
// may be 0.
func (c Collection[T]) Estimate(ctx context.Context, q Query) (n int, about bool, err error) {
	defer sqlitedb.Wrap(&err, "estimate how many %s there are", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		n, about, err = s.Estimate(ctx, x)
		return err
	})
	return n, about, err
}

// Explain tells how List would answer q.
func (c Collection[T]) Explain(ctx context.Context, q Query) (e Explanation, err error) {
	defer sqlitedb.Wrap(&err, "explain a list of %s", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		e, err = s.Explain(ctx, x, q)
		return err
	})
	return e, err
}

// Facets counts the entities that q asks for by each value: tags and states by
// how many there are, times from the latest on. An entity with several tags counts
// for each; one without a tag, or a date, for none.
//
// Of everything, live or in the trash, it reads numbers that are kept; else it looks at each
// record of the rarest filter. EstimateFacets does not.
func (c Collection[T]) Facets(ctx context.Context, q Query, by Facet) (list []FacetCount, err error) {
	defer sqlitedb.Wrap(&err, "count %s by %s", c.r.Name, by)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		list, err = s.Facets(ctx, x, by)
		return err
	})
	return list, err
}

// EstimateFacets is Facets in the way in which Estimate is Count. Where about is true, a
// value that few records have may be missing.
func (c Collection[T]) EstimateFacets(ctx context.Context, q Query, by Facet) (list []FacetCount, about bool, err error) {
	defer sqlitedb.Wrap(&err, "estimate %s by %s", c.r.Name, by)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		list, about, err = s.EstimateFacets(ctx, x, by)
		return err
	})
	return list, about, err
}

// EstimateBy is Estimate, and EstimateFacets by each of some facets, at once: the words of q are looked for one time only.
func (c Collection[T]) EstimateBy(ctx context.Context, q Query, by ...Facet) (n int, lists map[Facet][]FacetCount, about bool, err error) {
	defer sqlitedb.Wrap(&err, "estimate %s by %v", c.r.Name, by)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, s search.Prepared) (err error) {
		n, lists, about, err = s.EstimateBy(ctx, x, by...)
		return err
	})
	return n, lists, about, err
}
