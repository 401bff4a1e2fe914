package repo

import (
	"context"
	"fmt"
	"math"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// pageSQL gives the statement for the rows after c: those with a sort key, or
// those without, for an index is ordered within each.
func pageSQL(r *relation, q Query, o order, c cursor, limit int) (string, []any, error) {
	w, err := filterOf(r, q)
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
func limitOf(r *relation, q Query) (int, error) {
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
func pageOf(ctx context.Context, x *sqlitedb.Tx, r *relation, asked Query, q readyQuery) ([]schema.Brief, place, error) {
	n, err := limitOf(r, q.Query)
	if err != nil {
		return nil, place{}, err
	}
	c, err := cursorOf(r, asked)
	if err != nil {
		return nil, place{}, err
	}
	back := q.Before != ""
	found, err := listBriefs(ctx, x, r, q, c, n+1, back) // one more tells whether this is the end
	if err != nil {
		return nil, place{}, err
	}
	more := len(found.rows) > n
	result := found.rows[:min(n, len(found.rows))]
	if len(result) == 0 {
		return []schema.Brief{}, place{}, nil
	}
	cursorOf := func(i int) Cursor {
		c := found.at(i)
		c.Query = signOf(r, asked)
		return c.text()
	}
	first, last := 0, len(result)-1
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
		slices.Reverse(result)
	}
	return result, at, nil
}

// countOf tells how many entities a query asks for.
func countOf(ctx context.Context, x *sqlitedb.Tx, r *relation, q readyQuery) (n int, err error) {
	w, err := filterOf(r, q.Query)
	if err != nil {
		return 0, err
	}
	err = x.Get(ctx, &n, "SELECT count(*)\nFROM "+r.name+" AS e"+w.sql(), w.args...)
	return n, err
}
