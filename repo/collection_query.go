package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/search"
)

// Count tells how many entities q asks for. Limit and After do not count.
func (c Collection[T]) Count(ctx context.Context, q Query) (n int, err error) {
	defer sqlitedb.Wrap(&err, "count %s", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, q search.ReadyQuery) (err error) {
		n, err = search.CountOf(ctx, x, c.r, q)
		return err
	})
	return n, err
}

// Explain tells how List would answer q.
func (c Collection[T]) Explain(ctx context.Context, q Query) (e Explanation, err error) {
	defer sqlitedb.Wrap(&err, "explain a list of %s", c.r.Name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, ready search.ReadyQuery) (err error) {
		e, err = search.ExplainPage(ctx, x, c.r, q, ready)
		return err
	})
	return e, err
}

// Facets counts the entities that q asks for by each value: tags and states by
// how many there are, times from the latest on. An entity with several tags counts
// for each; one without a tag, or a date, for none.
func (c Collection[T]) Facets(ctx context.Context, q Query, by Facet) (list []FacetCount, err error) {
	defer sqlitedb.Wrap(&err, "count %s by %s", c.r.Name, by)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, q search.ReadyQuery) (err error) {
		list, err = search.FacetsOf(ctx, x, c.r, q.Query, by)
		return err
	})
	return list, err
}
