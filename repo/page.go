package repo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"taskstore/schema"
)

// briefs reads the next n rows after c in the order of q; with back those before
// it, the nearest first. Rows without a sort key are the last in both directions.
func (r *relation) briefs(ctx context.Context, x execer, q Query, c cursor, n int, back bool) ([]briefRow, cursor, error) {
	o, err := r.order(q)
	if err != nil {
		return nil, c, err
	}
	if back {
		o.desc = !o.desc
	}
	var page []briefRow
	for len(page) < n {
		text, args, err := r.pageSQL(q, o, c, n-len(page))
		if err != nil {
			return nil, c, err
		}
		if page, err = r.scanBriefs(ctx, x, page, text, args); err != nil {
			return nil, c, err
		}
		if len(page) >= n || c.Null != back || !o.null {
			break
		}
		c = cursor{Null: !back} // on to those without a sort key, or back to those with one
	}
	if len(page) > 0 {
		c = r.cursorAt(q, page[len(page)-1])
	}
	return page, c, nil
}

// cursorAt is the place of a row.
func (r *relation) cursorAt(q Query, b briefRow) cursor {
	key := r.key(q, b)
	return cursor{Key: key.text, PK: b.PK, Null: key.null}
}

// briefRow is a brief row with its sort keys.
type briefRow struct {
	schema.Brief
	date, updated, saved sortKey
}

// key gives the sort key of a row.
func (r *relation) key(q Query, b briefRow) sortKey {
	switch name := trimMinus(q.Sort); name {
	case SortTitle:
		return sortKey{text: b.Title}
	case SortUpdated:
		return b.updated
	case SortSaved:
		return b.saved
	}
	return b.date
}

func trimMinus(s Sort) Sort {
	if len(s) > 0 && s[0] == '-' {
		return s[1:]
	}
	return s
}

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

func (r *relation) scanBriefs(ctx context.Context, x execer, page []briefRow, query string, args []any) ([]briefRow, error) {
	rows, err := x.query(ctx, query, args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	b := briefRow{Brief: schema.Brief{Kind: r.kind}}
	targets := []any{&b.PK, &b.ID, (*text)(&b.Title), (*text)(&b.Status), &b.date, &b.updated,
		&b.saved, &b.Rev, (*text)(&b.TrashedAt), (*text)(&b.TrashReason)}
	for rows.Next() {
		if err := errors.Join(ctx.Err(), rows.Scan(targets...)); err != nil {
			return page, err
		}
		b.Date, b.Updated = schema.Time(b.date.text), schema.Time(b.updated.text)
		page = append(page, b)
	}
	return page, errors.Join(rows.Err(), rows.Close())
}

// limit checks a page's size.
func (r *relation) limit(q Query) (int, error) {
	if q.Limit < 0 {
		return 0, &schema.InvalidError{Kind: r.kind, Field: "limit", Problem: fmt.Sprintf("%d is negative", q.Limit)}
	}
	if q.Limit == 0 {
		return DefaultLimit, nil
	}
	return q.Limit, nil
}

// place is where a page is.
type place struct{ prev, next Cursor }

// page reads one page of brief rows and the cursors beside it.
func (r *relation) page(ctx context.Context, x execer, asked, q Query) ([]briefRow, place, error) {
	n, err := r.limit(q)
	if err != nil {
		return nil, place{}, err
	}
	c, err := r.cursor(asked)
	if err != nil {
		return nil, place{}, err
	}
	back := q.Before != ""
	rows, _, err := r.briefs(ctx, x, q, c, n+1, back) // one more tells whether this is the end
	if err != nil {
		return nil, place{}, err
	}
	more := len(rows) > n
	rows = rows[:min(n, len(rows))]
	if back {
		slices.Reverse(rows)
	}
	var at place
	if len(rows) == 0 {
		return rows, at, nil
	}
	cursorOf := func(b briefRow) Cursor {
		c := r.cursorAt(q, b)
		c.Query = r.sign(asked)
		return c.text()
	}
	if back || more {
		at.next = cursorOf(rows[len(rows)-1])
	}
	if q.After != "" || back && more {
		at.prev = cursorOf(rows[0])
	}
	return rows, at, nil
}

// readIndexed reads with q's text looked at.
func (c Collection[T]) readIndexed(ctx context.Context, q Query, fn func(execer, Query) error) error {
	if q.Text == "" {
		return c.in.read(ctx, func(x execer) error { return fn(x, q) })
	}
	return c.in.readIndexed(ctx, func(x execer, o *overlay) error {
		defer limited(ctx, x)()
		ready, err := c.r.prepare(ctx, x, o, q, c.in.now())
		if err != nil {
			return err
		}
		return fn(x, ready)
	})
}

// List gives a page of brief rows, which read no document and no long list.
func (c Collection[T]) List(ctx context.Context, q Query) (p Page[schema.Brief], err error) {
	defer wrap(&err, "list %s", c.r.name)
	err = c.readIndexed(ctx, q, func(x execer, ready Query) error {
		rows, at, err := c.r.page(ctx, x, q, ready)
		if err != nil {
			return err
		}
		p.Prev, p.Next, p.Unknown, p.Items = at.prev, at.next, ready.unknown, make([]schema.Brief, len(rows))
		for i := range rows {
			p.Items[i] = rows[i].Brief
		}
		return c.r.readTags(ctx, x, p.Items)
	})
	return p, err
}

func (r *relation) readTags(ctx context.Context, x execer, page []schema.Brief) error {
	if r.sql.tags == "" || len(page) == 0 {
		return nil
	}
	at := make(map[int64]*schema.Brief, len(page))
	for i := range page {
		at[page[i].PK] = &page[i]
	}
	rows, err := x.query(ctx, r.sql.tags, pkList(page))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var owner int64
		var tag string
		if err := rows.Scan(&owner, &tag); err != nil {
			return err
		}
		at[owner].Tags = append(at[owner].Tags, tag)
	}
	return rows.Err()
}

func pkList(page []schema.Brief) string {
	pks := make([]int64, len(page))
	for i := range page {
		pks[i] = page[i].PK
	}
	b, _ := json.Marshal(pks)
	return string(b)
}

// full reads whole entities in the order of brief rows.
func (r *relation) full(ctx context.Context, x execer, rows []briefRow, want map[string]bool) ([]loaded, error) {
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
	defer wrap(&err, "find %s", c.r.name)
	want, err := c.r.parts(parts)
	if err != nil {
		return p, err
	}
	err = c.readIndexed(ctx, q, func(x execer, ready Query) error {
		rows, at, err := c.r.page(ctx, x, q, ready)
		if err != nil {
			return err
		}
		found, err := c.r.full(ctx, x, rows, want)
		p.Prev, p.Next, p.Unknown, p.Items = at.prev, at.next, ready.unknown, make([]T, 0, len(found))
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
			err = c.readIndexed(ctx, q, func(x execer, q Query) error { return c.stream(ctx, x, q, want, yield) })
		}
		if err != nil && !errors.Is(err, errStop) {
			wrap(&err, "read %s", c.r.name)
			yield(zero, err)
		}
	}
}

func (c Collection[T]) stream(ctx context.Context, x execer, q Query, want map[string]bool, yield func(T, error) bool) error {
	var at cursor
	for {
		rows, next, err := c.r.briefs(ctx, x, q, at, streamPage, false)
		if err != nil {
			return err
		}
		found, err := c.r.full(ctx, x, rows, want)
		if err != nil {
			return err
		}
		for _, l := range found {
			if !yield(*l.v.(*T), nil) {
				return errStop
			}
		}
		if len(rows) < streamPage {
			return nil
		}
		at = next
	}
}

// Count tells how many entities q asks for. Limit and After do not count.
func (c Collection[T]) Count(ctx context.Context, q Query) (n int, err error) {
	defer wrap(&err, "count %s", c.r.name)
	err = c.readIndexed(ctx, q, func(x execer, q Query) error {
		w, err := c.r.filter(q)
		if err != nil {
			return err
		}
		return x.get(ctx, &n, "SELECT count(*)\nFROM "+c.r.name+" AS e"+w.sql(), w.args...)
	})
	return n, err
}
