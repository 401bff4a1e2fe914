package repo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// pageSQL gives the statement for the rows after c: those with a sort key, or
// those without, for an index is ordered within each.
func (r *relation) pageSQL(q Query, o order, c cursor, limit int) (string, []any, error) {
	w, err := r.filter(q)
	if err != nil {
		return "", nil, err
	}
	op := " > "
	if o.desc {
		op = " < "
	}
	switch {
	case c.Null:
		w.add(o.expr + " IS NULL")
		if c.PK != 0 {
			w.add(o.pk+op+"?", c.PK)
		}
	case c.PK != 0:
		w.add("("+o.expr+", "+o.pk+")"+op+"(?, ?)", c.Key, c.PK)
	case o.null:
		w.add(o.expr + " IS NOT NULL")
	}
	return r.sql.brief + w.sql() + "\nORDER BY " + o.by() + "\nLIMIT ?", append(w.args, limit), nil
}

// limit checks a page's size.
func (r *relation) limit(q Query) (int, error) {
	if q.Limit < 0 {
		return 0, &schema.InvalidError{Kind: r.kind, Field: "limit", Problem: fmt.Sprintf("%d is negative", q.Limit)}
	}
	if q.Limit == 0 {
		return DefaultLimit, nil
	}
	return min(q.Limit, math.MaxInt32), nil
}

// place is where a page is.
type place struct{ prev, next Cursor }

// page reads one page of brief rows and the cursors beside it.
func (r *relation) page(ctx context.Context, x *sqlitedb.Tx, asked Query, q readyQuery) ([]schema.Brief, place, error) {
	n, err := r.limit(q.Query)
	if err != nil {
		return nil, place{}, err
	}
	c, err := r.cursor(asked)
	if err != nil {
		return nil, place{}, err
	}
	back := q.Before != ""
	found, err := listBriefs(ctx, x, r, q, c, n+1, back) // one more tells whether this is the end
	if err != nil {
		return nil, place{}, err
	}
	more := len(found.rows) > n
	rows := found.rows[:min(n, len(found.rows))]
	if len(rows) == 0 {
		return []schema.Brief{}, place{}, nil
	}
	cursorOf := func(i int) Cursor {
		c := found.at(i)
		c.Query = r.sign(asked)
		return c.text()
	}
	first, last := 0, len(rows)-1
	if back {
		first, last = last, first
	}
	var at place
	if back || more {
		at.next = cursorOf(last)
	}
	if q.After != "" || back && more {
		at.prev = cursorOf(first)
	}
	if back {
		slices.Reverse(rows)
	}
	return rows, at, nil
}

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
		rows, at, err := c.r.page(ctx, x, q, ready)
		if err != nil {
			return err
		}
		p.Prev, p.Next, p.Unknown, p.Unindexed, p.Items = at.prev, at.next, ready.unknown, ready.unindexed(), rows
		return c.r.readTags(ctx, x, p.Items)
	})
	return p, err
}

// full reads whole entities in the order of brief rows.
func (r *relation) full(ctx context.Context, x *sqlitedb.Tx, rows []schema.Brief, want map[string]bool) ([]loaded, error) {
	pks := make([]int64, len(rows))
	for i := range rows {
		pks[i] = rows[i].PK
	}
	list, _ := json.Marshal(pks)
	found, err := r.read(ctx, x, r.sql.getPKs, []any{string(list)}, want)
	if err != nil {
		return nil, err
	}
	byPK := r.byPK(found)
	ordered := make([]loaded, 0, len(rows))
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
		rows, at, err := c.r.page(ctx, x, q, ready)
		if err != nil {
			return err
		}
		found, err := c.r.full(ctx, x, rows, want)
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
		found, err := c.r.full(ctx, x, page.rows, want)
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

// Count tells how many entities q asks for. Limit and After do not count.
func (c Collection[T]) Count(ctx context.Context, q Query) (n int, err error) {
	defer sqlitedb.Wrap(&err, "count %s", c.r.name)
	err = c.readIndexed(ctx, q, func(x *sqlitedb.Tx, q readyQuery) error {
		w, err := c.r.filter(q.Query)
		if err != nil {
			return err
		}
		return x.Get(ctx, &n, "SELECT count(*)\nFROM "+c.r.name+" AS e"+w.sql(), w.args...)
	})
	return n, err
}
