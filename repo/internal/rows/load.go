package rows

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

// Loaded is an entity as it was read, with what a save compares.
type Loaded struct {
	V   any // pointer to the entity
	Sum sql.NullInt64
}

// Get reads one entity with its short lists and the parts that are wanted. No
// such entity is ErrNotFound.
func (r *Relation) Get(ctx context.Context, q *sqlitedb.Tx, id string, want map[string]bool) (Loaded, error) {
	all, err := r.Read(ctx, q, r.SQL.Get, []any{id}, want)
	if err != nil {
		return Loaded{}, err
	}
	if len(all) == 0 {
		return Loaded{}, ErrNotFound
	}
	return all[0], nil
}

// Read runs a statement that gives whole rows and reads their children.
func (r *Relation) Read(ctx context.Context, q *sqlitedb.Tx, text string, args []any, want map[string]bool) ([]Loaded, error) {
	rows, err := q.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Loaded
	var lists string
	var sum sql.NullInt64
	sc := NewScanner(r.Cols, nil, &lists, &sum)
	for rows.Next() {
		v := r.New()
		if err := rows.Scan(sc.Into(reflect.ValueOf(v).Elem())...); err != nil {
			return nil, err
		}
		h := r.Head(v)
		h.Lists, h.Stored = schema.JSON(lists), h.ID
		all = append(all, Loaded{v, sum})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return all, r.readChildren(ctx, q, all, want)
}

// readChildren fills in the lists of a page of entities, one statement for each
// child table.
func (r *Relation) readChildren(ctx context.Context, q *sqlitedb.Tx, page []Loaded, want map[string]bool) error {
	if len(page) == 0 {
		return nil
	}
	o := owners{r: r, page: page}
	for _, c := range r.Children {
		var err error
		switch {
		case c.Form == schema.FormDocument:
			err = o.readDocuments(ctx, q, c, want)
		case c.Form == schema.FormLong && !want[c.Part] && !want[EveryPart]:
		default:
			err = o.readList(ctx, q, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Relation) ByPK(page []Loaded) map[int64]any {
	m := make(map[int64]any, len(page))
	for _, l := range page {
		m[r.Head(l.V).PK] = l.V
	}
	return m
}

// owners are the entities of a page, whose lists are read together.
type owners struct {
	r    *Relation
	page []Loaded
	byPK map[int64]any // made when it is needed first, as is
	pks  string        // the argument for a statement over all of them
}

// query runs a statement over all owners.
func (o *owners) query(ctx context.Context, q *sqlitedb.Tx, text string) (*sqlitedb.Rows, error) {
	if o.byPK == nil {
		o.byPK = o.r.ByPK(o.page)
		b := []byte{'['}
		for i, l := range o.page {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, o.r.Head(l.V).PK, 10)
		}
		o.pks = string(append(b, ']'))
	}
	return q.Query(ctx, text, o.pks)
}

// having empties the list of every owner, and tells how many may have something in
// it, and the last of those: of the others the row says that there is nothing.
func (o *owners) having(c *Child) (n int, last any) {
	for _, l := range o.page {
		c.Reset(l.V)
		if !l.Sum.Valid || strings.Contains(string(o.r.Head(l.V).Lists), `"`+c.Table+`"`) {
			n, last = n+1, l.V
		}
	}
	return n, last
}

// readList fills in one list of every owner.
func (o *owners) readList(ctx context.Context, q *sqlitedb.Tx, c *Child) error {
	n, one := o.having(c)
	switch n {
	case 0:
		return nil
	case 1:
		return c.readOf(ctx, q, o.r.Head(one).PK, one)
	}
	rows, err := o.query(ctx, q, c.SQL.ListMany)
	if err != nil {
		return err
	}
	defer rows.Close()
	var owner int64
	sc, e := NewScanner(c.Cols, []any{&owner}), c.Element()
	for rows.Next() {
		// The owner is known only after the scan: scan into one that is put there then.
		if err := rows.Scan(sc.Into(e)...); err != nil {
			return err
		}
		if to := c.Next(o.byPK[owner]); to.IsValid() {
			to.Set(e)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// readOf fills in the list of v.
func (c *Child) readOf(ctx context.Context, q *sqlitedb.Tx, pk int64, v any) error {
	rows, err := q.Query(ctx, c.SQL.List, pk)
	if err != nil {
		return err
	}
	defer rows.Close()
	sc := NewScanner(c.Cols, nil)
	for rows.Next() {
		if err := c.scan(rows.Scan, sc, v); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Element makes an empty element of the list.
func (c *Child) Element() reflect.Value {
	if c.Form == schema.FormStrings {
		return reflect.New(reflect.TypeFor[string]()).Elem()
	}
	return reflect.New(c.Elem).Elem()
}

// scan reads a row as the next element of v's list.
func (c *Child) scan(scan func(...any) error, sc *scanner, v any) error {
	e := c.Next(v)
	if !e.IsValid() {
		e = c.Element()
	}
	return scan(sc.Into(e)...)
}

// Reset makes the list of v empty and loaded.
func (c *Child) Reset(v any) {
	p := c.At(v)
	if p == nil {
		return
	}
	f := reflect.ValueOf(p).Elem()
	if c.Form == schema.FormOne {
		f.SetZero()
		return
	}
	f.Set(reflect.MakeSlice(f.Type(), 0, 0))
}

// Next adds an empty element to the list of v and gives its place. It is not
// valid where v has no object to hold it; a check tells of such rows.
func (c *Child) Next(v any) reflect.Value {
	p := c.At(v)
	if p == nil {
		return reflect.Value{}
	}
	f := reflect.ValueOf(p).Elem()
	if c.Form == schema.FormOne {
		f.Set(reflect.New(c.Elem))
		return f.Elem()
	}
	n := f.Len()
	f.Grow(1)
	f.SetLen(n + 1)
	return f.Index(n)
}

// readDocuments fills in the documents that are wanted; those that are not there
// become empty.
func (o *owners) readDocuments(ctx context.Context, q *sqlitedb.Tx, c *Child, want map[string]bool) error {
	any := false
	for _, d := range c.Docs {
		if !want[d.Part] && !want[EveryPart] {
			continue
		}
		any = true
		for _, l := range o.page {
			*d.At(l.V) = schema.Document{}
		}
	}
	if !any {
		return nil
	}
	rows, err := o.query(ctx, q, c.SQL.ListMany)
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
		for _, d := range c.Docs {
			if d.Part == name && *d.At(o.byPK[owner]) != nil {
				*d.At(o.byPK[owner]) = body
			}
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
