package repo

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// loaded is an entity as it was read, with what a save compares.
type loaded struct {
	v   any // pointer to the entity
	sum sql.NullInt64
}

// get reads one entity with its short lists and the parts that are wanted. No
// such entity is errNotFound.
func (r *relation) get(ctx context.Context, q *sqlitedb.Tx, id string, want map[string]bool) (loaded, error) {
	all, err := r.read(ctx, q, r.sql.get, []any{id}, want)
	if err != nil {
		return loaded{}, err
	}
	if len(all) == 0 {
		return loaded{}, errNotFound
	}
	return all[0], nil
}

// read runs a statement that gives whole rows and reads their children.
func (r *relation) read(ctx context.Context, q *sqlitedb.Tx, text string, args []any, want map[string]bool) ([]loaded, error) {
	rows, err := q.Query(ctx, text, args...)
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
func (r *relation) readChildren(ctx context.Context, q *sqlitedb.Tx, page []loaded, want map[string]bool) error {
	if len(page) == 0 {
		return nil
	}
	o := owners{r: r, page: page}
	for _, c := range r.children {
		var err error
		switch {
		case c.form == schema.FormDocument:
			err = o.readDocuments(ctx, q, c, want)
		case c.form == schema.FormLong && !want[c.part] && !want[everyPart]:
		default:
			err = o.readList(ctx, q, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *relation) byPK(page []loaded) map[int64]any {
	m := make(map[int64]any, len(page))
	for _, l := range page {
		m[r.head(l.v).PK] = l.v
	}
	return m
}

// owners are the entities of a page, whose lists are read together.
type owners struct {
	r    *relation
	page []loaded
	byPK map[int64]any // made when it is needed first, as is
	pks  string        // the argument for a statement over all of them
}

// query runs a statement over all owners.
func (o *owners) query(ctx context.Context, q *sqlitedb.Tx, text string) (*sqlitedb.Rows, error) {
	if o.byPK == nil {
		o.byPK = o.r.byPK(o.page)
		b := []byte{'['}
		for i, l := range o.page {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, o.r.head(l.v).PK, 10)
		}
		o.pks = string(append(b, ']'))
	}
	return q.Query(ctx, text, o.pks)
}

// having empties the list of every owner, and tells how many may have something in
// it, and the last of those: of the others the row says that there is nothing.
func (o *owners) having(c *child) (n int, last any) {
	for _, l := range o.page {
		c.reset(l.v)
		if !l.sum.Valid || strings.Contains(string(o.r.head(l.v).Lists), `"`+c.table+`"`) {
			n, last = n+1, l.v
		}
	}
	return n, last
}

// readList fills in one list of every owner.
func (o *owners) readList(ctx context.Context, q *sqlitedb.Tx, c *child) error {
	n, one := o.having(c)
	switch n {
	case 0:
		return nil
	case 1:
		return c.readOf(ctx, q, o.r.head(one).PK, one)
	}
	rows, err := o.query(ctx, q, c.sql.listMany)
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
		if to := c.next(o.byPK[owner]); to.IsValid() {
			to.Set(e)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// readOf fills in the list of v.
func (c *child) readOf(ctx context.Context, q *sqlitedb.Tx, pk int64, v any) error {
	rows, err := q.Query(ctx, c.sql.list, pk)
	if err != nil {
		return err
	}
	defer rows.Close()
	sc := newScanner(c.cols, nil)
	for rows.Next() {
		if err := c.scan(rows.Scan, sc, v); err != nil {
			return err
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
func (o *owners) readDocuments(ctx context.Context, q *sqlitedb.Tx, c *child, want map[string]bool) error {
	any := false
	for _, d := range c.docs {
		if !want[d.part] && !want[everyPart] {
			continue
		}
		any = true
		for _, l := range o.page {
			*d.at(l.v) = schema.Document{}
		}
	}
	if !any {
		return nil
	}
	rows, err := o.query(ctx, q, c.sql.listMany)
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
			if d.part == name && *d.at(o.byPK[owner]) != nil {
				*d.at(o.byPK[owner]) = body
			}
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
