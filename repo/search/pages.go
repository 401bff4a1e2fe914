package search

import (
	"context"
	"fmt"
	"math"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// PageSQL gives the statement for the rows after c: those with a sort key, or
// those without, for an index is ordered within each.
func PageSQL(r *rows.Relation, q Query, o order, c At, limit int) (string, []any, error) {
	w, err := FilterOf(r, q)
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
	return r.SQL.Brief + w.SQL() + "\nORDER BY " + o.by() + "\nLIMIT ?", append(w.Args, limit), nil
}

// limit checks a page's size.
func limitOf(r *rows.Relation, q Query) (int, error) {
	if q.Limit < 0 {
		return 0, &schema.InvalidError{Kind: r.Kind, Field: "limit", Problem: fmt.Sprintf("%d is negative", q.Limit)}
	}
	if q.Limit == 0 {
		return DefaultLimit, nil
	}
	return min(q.Limit, math.MaxInt32), nil
}

// Cursors is where a page is.
type Cursors struct{ Prev, Next Cursor }

// PageOf reads one page of brief rows and the cursors beside it.
func PageOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, asked Query, q ReadyQuery) ([]schema.Brief, Cursors, error) {
	n, err := limitOf(r, q.Query)
	if err != nil {
		return nil, Cursors{}, err
	}
	c, err := cursorOf(r, asked)
	if err != nil {
		return nil, Cursors{}, err
	}
	back := q.Before != ""
	found, err := ListBriefs(ctx, x, r, q, c, n+1, back) // one more tells whether this is the end
	if err != nil {
		return nil, Cursors{}, err
	}
	more := len(found.Rows) > n
	result := found.Rows[:min(n, len(found.Rows))]
	if len(result) == 0 {
		return []schema.Brief{}, Cursors{}, nil
	}
	cursorOf := func(i int) Cursor {
		c := found.At(i)
		c.Query = signOf(r, asked)
		return c.text()
	}
	first, last := 0, len(result)-1
	if back {
		first, last = last, first
	}
	var at Cursors
	if back || more {
		at.Next = cursorOf(last)
	}
	if q.After != "" || back && more {
		at.Prev = cursorOf(first)
	}
	if back {
		slices.Reverse(result)
	}
	return result, at, nil
}

// CountOf tells how many entities a query asks for.
func CountOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q ReadyQuery) (n int, err error) {
	w, err := FilterOf(r, q.Query)
	if err != nil {
		return 0, err
	}
	err = x.Get(ctx, &n, "SELECT count(*)\nFROM "+r.Name+" AS e"+w.SQL(), w.Args...)
	return n, err
}
