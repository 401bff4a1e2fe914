package rows

import (
	"context"
	"database/sql"
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
	var all []Loaded
	f, n := newFiller(r.Cols, 0), len(r.Cols)
	err := q.Each(ctx, text, args, func(row *sqlitedb.Row) error {
		v := r.New()
		f.fill(row, reflect.ValueOf(v).Elem())
		h := r.Head(v)
		h.Lists, h.Stored = schema.JSON(row.Text(n)), h.ID
		all = append(all, Loaded{v, sql.NullInt64{Int64: row.Int(n + 1), Valid: !row.Null(n + 1)}})
		return nil
	})
	if err != nil {
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

// each runs a statement over all owners.
func (o *owners) each(ctx context.Context, q *sqlitedb.Tx, text string, fn func(*sqlitedb.Row) error) error {
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
	return q.Each(ctx, text, []any{o.pks}, fn)
}

// stray is the error for a row of an owner that was not asked for: an index that is damaged
// leads to other rows than those that it names.
func (o *owners) stray(c *Child, owner int64) error {
	return &sqlitedb.ValueError{Table: c.Table, PK: owner, Column: c.Owner, Detail: "an owner that was not asked for"}
}

// having empties the list of every owner, and tells how many may have something in
// it, and the last of those: of the others the row says that there is nothing.
func (o *owners) having(c *Child) (n int, last any) {
	for _, l := range o.page {
		room := c.stands(o.r.Head(l.V).Lists)
		c.reset(l.V, room)
		if !l.Sum.Valid || room > 0 {
			n, last = n+1, l.V
		}
	}
	return n, last
}

// roomMost bounds what is made room for because a row says that there is so much.
const roomMost = 1024

// stands gives how many rows of c's table there are by the lists of an owner: 0 where
// it names none.
func (c *Child) stands(lists schema.JSON) (n int) {
	at := strings.Index(string(lists), c.mark)
	if at < 0 {
		return 0
	}
	number, _ := strings.CutPrefix(string(lists[at+len(c.mark):]), ":[")
	for i := 0; i < len(number) && '0' <= number[i] && number[i] <= '9'; i++ {
		n = min(10*n+int(number[i]-'0'), roomMost)
	}
	return max(n, 1)
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
	f := newFiller(c.Cols, 1)
	var pk int64
	var owner any
	return o.each(ctx, q, c.SQL.ListMany, func(row *sqlitedb.Row) error {
		if of := row.Int(0); of != pk || owner == nil {
			if pk, owner = of, o.byPK[of]; owner == nil {
				return o.stray(c, of)
			}
		}
		if e := c.Next(owner); e.IsValid() {
			f.fill(row, e)
		}
		return nil
	})
}

// readOf fills in the list of v.
func (c *Child) readOf(ctx context.Context, q *sqlitedb.Tx, pk int64, v any) error {
	f := newFiller(c.Cols, 0)
	return q.Each(ctx, c.SQL.List, []any{pk}, func(row *sqlitedb.Row) error {
		if e := c.Next(v); e.IsValid() {
			f.fill(row, e)
		}
		return nil
	})
}

// Element makes an empty element of the list.
func (c *Child) Element() reflect.Value {
	if c.Form == schema.FormStrings {
		return reflect.New(reflect.TypeFor[string]()).Elem()
	}
	return reflect.New(c.Elem).Elem()
}

// Reset makes the list of v empty and loaded.
func (c *Child) Reset(v any) { c.reset(v, 0) }

// reset is Reset with room for n elements.
func (c *Child) reset(v any, n int) {
	p := c.At(v)
	if p == nil {
		return
	}
	f := reflect.ValueOf(p).Elem()
	if c.Form == schema.FormOne {
		f.SetZero()
		return
	}
	f.Set(reflect.MakeSlice(f.Type(), 0, n))
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
	return o.each(ctx, q, c.SQL.ListMany, func(row *sqlitedb.Row) error {
		owner, name := o.byPK[row.Int(0)], row.View(1)
		if owner == nil {
			return o.stray(c, row.Int(0))
		}
		for _, d := range c.Docs {
			if d.Part == string(name) && *d.At(owner) != nil {
				body := row.View(2)
				*d.At(owner) = append(make(schema.Document, 0, len(body)), body...)
			}
		}
		return nil
	})
}
