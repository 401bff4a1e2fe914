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
	all  string   // their keys, made when they are needed first
	some []Loaded // room for those that have something in a list
}

// each runs a statement over owners, and gives the place of a row's owner among them.
func (o *owners) each(ctx context.Context, q *sqlitedb.Tx, text string, of []Loaded, fn func(int, *sqlitedb.Row) error) error {
	keys := o.all
	if keys == "" || len(of) < len(o.page) {
		keys = o.keys(of)
	}
	if len(of) == len(o.page) {
		o.all = keys
	}
	return q.Each(ctx, text, []any{keys}, func(row *sqlitedb.Row) error { return fn(int(row.Int(0)), row) })
}

// keys are the argument for a statement over owners.
func (o *owners) keys(of []Loaded) string {
	b := make([]byte, 0, 8*len(of)+2)
	b = append(b, '[')
	for i, l := range of {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, o.r.Head(l.V).PK, 10)
	}
	return string(append(b, ']'))
}

// having empties the list of every owner, and gives those that may have something in
// it: of the others the row says that there is nothing.
func (o *owners) having(c *Child) []Loaded {
	o.some = o.some[:0]
	for _, l := range o.page {
		room := c.stands(o.r.Head(l.V).Lists)
		c.reset(l.V, room)
		if !l.Sum.Valid || room > 0 {
			o.some = append(o.some, l)
		}
	}
	return o.some
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

// errOrder says that rows of lists did not come in the order of the lists.
var errOrder = errors.New("out of order")

// readList fills in one list of every owner. The statement goes from one owner to the next and
// through the index of the places of each, and nothing has to be sorted; SQL does not
// promise that, so it is looked at.
func (o *owners) readList(ctx context.Context, q *sqlitedb.Tx, c *Child) error {
	of := o.having(c)
	if len(of) < 2 {
		return o.readEach(ctx, q, c, of)
	}
	f := newFiller(c.Cols, 2)
	owner, place := -1, int64(0)
	err := o.each(ctx, q, c.SQL.ListMany, of, func(i int, row *sqlitedb.Row) error {
		pos := row.Int(1)
		if i < owner || i == owner && pos <= place {
			return errOrder
		}
		owner, place = i, pos
		if e := c.Next(of[i].V); e.IsValid() {
			f.fill(row, e)
		}
		return nil
	})
	if err != errOrder {
		return err
	}
	for _, l := range of {
		c.Reset(l.V)
	}
	return o.readEach(ctx, q, c, of)
}

// readEach fills in the list of one owner after the other.
func (o *owners) readEach(ctx context.Context, q *sqlitedb.Tx, c *Child, of []Loaded) error {
	for _, l := range of {
		if err := c.readOf(ctx, q, o.r.Head(l.V).PK, l.V); err != nil {
			return err
		}
	}
	return nil
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
	f.Set(c.empty)
	f.Grow(n)
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
	return o.each(ctx, q, c.SQL.ListMany, o.page, func(i int, row *sqlitedb.Row) error {
		owner, name := o.page[i].V, row.View(1)
		for _, d := range c.Docs {
			if d.Part == string(name) && *d.At(owner) != nil {
				body := row.View(2)
				*d.At(owner) = append(make(schema.Document, 0, len(body)), body...)
			}
		}
		return nil
	})
}
