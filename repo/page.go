package repo

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// readIndexed reads with q's text looked at.
func (c Collection[T]) readIndexed(ctx context.Context, q Query, fn func(*sqlitedb.Tx, readyQuery) error) error {
	if q.Text == "" {
		return c.in.read(ctx, func(x *sqlitedb.Tx) error { return fn(x, readyQuery{Query: q}) })
	}
	return c.in.readIndexed(ctx, func(x *sqlitedb.Tx, g gap) error {
		defer x.Limited(ctx)()
		ready, err := prepareText(ctx, x, c.r, g, q, c.in.now())
		if err != nil {
			return err
		}
		return fn(x, ready)
	})
}

// List gives a page of brief rows, which read no document and no long list.
func (c Collection[T]) List(ctx context.Context, q Query) (p Page[schema.Brief], err error) {
	defer sqlitedb.Wrap(&err, "list %s", c.r.name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, ready readyQuery) error {
		result, at, err := pageOf(ctx, x, c.r, q, ready)
		if err != nil {
			return err
		}
		p.Prev, p.Next, p.Unknown, p.Unindexed, p.Items = at.prev, at.next, ready.unknown, ready.unindexed(), result
		return readTags(ctx, x, c.r, p.Items)
	})
	return p, err
}

// full reads whole entities in the order of brief rows.
func wholeRows(ctx context.Context, x *sqlitedb.Tx, r *relation, result []schema.Brief, want map[string]bool) ([]loaded, error) {
	pks := make([]int64, len(result))
	for i := range result {
		pks[i] = result[i].PK
	}
	list, _ := json.Marshal(pks)
	found, err := r.read(ctx, x, r.sql.getPKs, []any{string(list)}, want)
	if err != nil {
		return nil, err
	}
	byPK := r.byPK(found)
	ordered := make([]loaded, 0, len(result))
	for _, pk := range pks {
		if v, ok := byPK[pk]; ok {
			ordered = append(ordered, loaded{v: v})
		}
	}
	return ordered, nil
}

// Find gives a page of whole entities.
func (c Collection[T]) Find(ctx context.Context, q Query, parts ...string) (p Page[T], err error) {
	defer sqlitedb.Wrap(&err, "find %s", c.r.name)
	want, err := c.r.parts(parts)
	if err != nil {
		return p, err
	}
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, ready readyQuery) error {
		result, at, err := pageOf(ctx, x, c.r, q, ready)
		if err != nil {
			return err
		}
		found, err := wholeRows(ctx, x, c.r, result, want)
		p.Prev, p.Next, p.Unknown, p.Unindexed, p.Items = at.prev, at.next, ready.unknown, ready.unindexed(), make([]T, 0, len(found))
		for _, l := range found {
			p.Items = append(p.Items, *l.v.(*T))
		}
		return err
	})
	return p, err
}

// streamPage is how many entities All reads at a time.
const streamPage = 64

// All gives every entity that q asks for, from one snapshot, a few at a time in
// memory. It ends after an error. Limit and After do not count.
func (c Collection[T]) All(ctx context.Context, q Query, parts ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		want, err := c.r.parts(parts)
		if err == nil {
			err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, q readyQuery) error { return c.stream(ctx, x, q, want, yield) })
		}
		if err != nil && !errors.Is(err, errStop) {
			sqlitedb.Wrap(&err, "read %s", c.r.name)
			yield(zero, err)
		}
	}
}

func (c Collection[T]) stream(ctx context.Context, x *sqlitedb.Tx, q readyQuery, want map[string]bool, yield func(T, error) bool) error {
	var at cursor
	for {
		page, err := listBriefs(ctx, x, c.r, q, at, streamPage, false)
		if err != nil {
			return err
		}
		found, err := wholeRows(ctx, x, c.r, page.rows, want)
		if err != nil {
			return err
		}
		for _, l := range found {
			if !yield(*l.v.(*T), nil) {
				return errStop
			}
		}
		if len(page.rows) < streamPage {
			return nil
		}
		at = page.at(streamPage - 1)
	}
}
