package repo

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"taskstore/schema"
)

// loaded is an entity as it was read, with what a save compares.
type loaded struct {
	v   any // pointer to the entity
	sum sql.NullInt64
}

// get reads one entity with its short lists and the parts that are wanted. No
// such entity is ErrNotFound.
func (r *relation) get(ctx context.Context, q execer, id string, want map[string]bool) (loaded, error) {
	all, err := r.read(ctx, q, r.sql.get, []any{id}, want)
	if err != nil {
		return loaded{}, err
	}
	if len(all) == 0 {
		return loaded{}, ErrNotFound
	}
	return all[0], nil
}

// read runs a statement that gives whole rows and reads their children.
func (r *relation) read(ctx context.Context, q execer, text string, args []any, want map[string]bool) ([]loaded, error) {
	rows, err := q.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []loaded
	var lists string
	var sum sql.NullInt64
	sc := newScanner(r.cols, nil, &lists, &sum)
	for rows.Next() {
		v := r.new()
		if err := rows.Scan(sc.into(reflect.ValueOf(v).Elem())...); err != nil {
			return nil, err
		}
		r.head(v).Lists = schema.JSON(lists)
		all = append(all, loaded{v, sum})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return all, r.readChildren(ctx, q, all, want)
}

// readChildren fills in the lists of a page of entities, one statement for each
// child table.
func (r *relation) readChildren(ctx context.Context, q execer, page []loaded, want map[string]bool) error {
	if len(page) == 0 {
		return nil
	}
	for _, c := range r.children {
		var err error
		switch {
		case c.form == schema.FormDocument:
			err = r.readDocuments(ctx, q, c, page, want)
		case c.form == schema.FormLong && !want[c.part] && !want[Full]:
		default:
			err = r.readList(ctx, q, c, page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// owners gives the argument for a statement over the owners of a page.
func (r *relation) owners(page []loaded) string {
	b := []byte{'['}
	for i, l := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, r.head(l.v).PK, 10)
	}
	return string(append(b, ']'))
}

func (r *relation) byPK(page []loaded) map[int64]any {
	m := make(map[int64]any, len(page))
	for _, l := range page {
		m[r.head(l.v).PK] = l.v
	}
	return m
}

// readList fills in one list of every entity of a page.
func (r *relation) readList(ctx context.Context, q execer, c *child, page []loaded) error {
	for _, l := range page {
		c.reset(l.v)
	}
	if len(page) == 1 {
		h := r.head(page[0].v)
		if !strings.Contains(string(h.Lists), `"`+c.table+`"`) && page[0].sum.Valid {
			return nil // the row says that there are none
		}
		rows, err := q.query(ctx, c.sql.list, h.PK)
		if err != nil {
			return err
		}
		defer rows.Close()
		sc := newScanner(c.cols, nil)
		for rows.Next() {
			if err := c.scan(rows.Scan, sc, page[0].v); err != nil {
				return err
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	owners := r.byPK(page)
	rows, err := q.query(ctx, c.sql.listMany, r.owners(page))
	if err != nil {
		return err
	}
	defer rows.Close()
	var owner int64
	sc, e := newScanner(c.cols, []any{&owner}), c.element()
	for rows.Next() {
		// The owner is known only after the scan: scan into one that is put there then.
		if err := rows.Scan(sc.into(e)...); err != nil {
			return err
		}
		if to := c.next(owners[owner]); to.IsValid() {
			to.Set(e)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// element makes an empty element of the list.
func (c *child) element() reflect.Value {
	if c.form == schema.FormStrings {
		return reflect.New(reflect.TypeFor[string]()).Elem()
	}
	return reflect.New(c.elem).Elem()
}

// scan reads a row as the next element of v's list.
func (c *child) scan(scan func(...any) error, sc *scanner, v any) error {
	e := c.next(v)
	if !e.IsValid() {
		e = c.element()
	}
	return scan(sc.into(e)...)
}

// reset makes the list of v empty and loaded.
func (c *child) reset(v any) {
	p := c.at(v)
	if p == nil {
		return
	}
	f := reflect.ValueOf(p).Elem()
	if c.form == schema.FormOne {
		f.SetZero()
		return
	}
	f.Set(reflect.MakeSlice(f.Type(), 0, 0))
}

// next adds an empty element to the list of v and gives its place. It is not
// valid where v has no object to hold it; a check tells of such rows.
func (c *child) next(v any) reflect.Value {
	p := c.at(v)
	if p == nil {
		return reflect.Value{}
	}
	f := reflect.ValueOf(p).Elem()
	if c.form == schema.FormOne {
		f.Set(reflect.New(c.elem))
		return f.Elem()
	}
	n := f.Len()
	f.Grow(1)
	f.SetLen(n + 1)
	return f.Index(n)
}

// readDocuments fills in the documents that are wanted; those that are not there
// become empty.
func (r *relation) readDocuments(ctx context.Context, q execer, c *child, page []loaded, want map[string]bool) error {
	any := false
	for _, d := range c.docs {
		if !want[d.part] && !want[Full] {
			continue
		}
		any = true
		for _, l := range page {
			*d.at(l.v) = schema.Document{}
		}
	}
	if !any {
		return nil
	}
	owners := r.byPK(page)
	rows, err := q.query(ctx, c.sql.listMany, r.owners(page))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var owner int64
		var name string
		var body []byte
		if err := rows.Scan(&owner, &name, &body); err != nil {
			return err
		}
		for _, d := range c.docs {
			if d.part == name && *d.at(owners[owner]) != nil {
				*d.at(owners[owner]) = body
			}
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
