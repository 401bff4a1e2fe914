package history

import (
	"encoding/json"
	"fmt"
	"reflect"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// childRow takes a row of a child table that another tool has overwritten,
// removed or added.
func (p *past) childRow(rev *fullRevision) error {
	c, err := p.r.Child(rev.Part)
	if err != nil {
		return nil // the table is gone; the row stays in the history
	}
	if p.v == nil {
		p.waiting = append(p.waiting, rev)
		return nil
	}
	row, err := ColumnsOf(rev.text)
	if err != nil {
		return err
	}
	switch c.Form {
	case schema.FormDocument:
		return p.document(c, rev.Change, row)
	case schema.FormOne:
		return p.one(c, rev.Change, row)
	}
	list := p.list(c)
	if !list.IsValid() {
		p.waiting = append(p.waiting, rev) // its holder comes back later
		return nil
	}
	e := c.Element()
	if err := scanRow(c.Cols, row, e); err != nil {
		return err
	}
	rank, ok := row[rows.RankName]
	if !ok {
		rank = row["pos"] // kept before ranks were
	}
	at, err := columnValue(&schema.Column{Type: schema.ColumnInt}, rank)
	if err != nil {
		return err
	}
	n, _ := at.(int64)
	undoElement(c, list, rev.Change, e, int(n))
	return nil
}

func (p *past) document(c *rows.Child, change string, row map[string]any) error {
	name, _ := row["name"].(string)
	body, ok := row["body"].(string)
	if !ok {
		return fmt.Errorf("document %q is no text", name)
	}
	for _, d := range c.Docs {
		if d.Part == name {
			*d.At(p.v) = schema.Document(body)
			if change == rows.ChangeInsert {
				*d.At(p.v) = schema.Absent
			}
		}
	}
	return nil
}

func (p *past) one(c *rows.Child, change string, row map[string]any) error {
	at := c.At(p.v)
	if at == nil {
		return nil
	}
	f := reflect.ValueOf(at).Elem()
	if change == rows.ChangeInsert {
		f.SetZero()
		return nil
	}
	was := f
	if f.IsNil() {
		f.Set(reflect.New(c.Elem))
	} else { // a copy: later states share what it points to
		next := reflect.New(c.Elem)
		next.Elem().Set(was.Elem())
		f.Set(next)
	}
	return scanRow(c.Cols, row, f.Elem())
}

// undoElement undoes the change of one element, before which rank others stood.
func undoElement(c *rows.Child, list reflect.Value, change string, e reflect.Value, rank int) {
	at := findElement(c, list, e, rank)
	if change == "delete" || change == "replace" || at < 0 {
		at = list.Len()
	}
	next := list
	if at < list.Len() {
		next = remove(list, at)
	}
	if change != rows.ChangeInsert {
		next = insert(next, min(rank, next.Len()), e)
	}
	list.Set(next)
}

// findElement finds an element by its key, else by its id; one that has neither by its
// place. It gives -1 if there is none.
func findElement(c *rows.Child, list, e reflect.Value, rank int) int {
	if !c.HasPK() {
		if rank < list.Len() {
			return rank
		}
		return -1
	}
	for _, name := range []string{"PK", "ID"} {
		want := e.FieldByName(name)
		for i := 0; i < list.Len() && !want.IsZero(); i++ {
			if list.Index(i).FieldByName(name).Equal(want) {
				return i
			}
		}
	}
	return -1
}

func insert(list reflect.Value, at int, e reflect.Value) reflect.Value {
	next := reflect.MakeSlice(list.Type(), 0, list.Len()+1)
	next = reflect.AppendSlice(next, list.Slice(0, at))
	next = reflect.Append(next, e)
	return reflect.AppendSlice(next, list.Slice(at, list.Len()))
}

func remove(list reflect.Value, at int) reflect.Value {
	next := reflect.MakeSlice(list.Type(), 0, list.Len())
	next = reflect.AppendSlice(next, list.Slice(0, at))
	return reflect.AppendSlice(next, list.Slice(at+1, list.Len()))
}

// item takes an item of a long list that this program changed or removed.
func (p *past) item(rev *fullRevision) error {
	c, err := p.r.Child(rev.Part)
	if err != nil {
		return nil // the table is gone; the item stays in the history
	}
	list := p.list(c)
	if !list.IsValid() {
		p.waiting = append(p.waiting, rev)
		return nil
	}
	if list.IsNil() {
		return nil // not asked for
	}
	e := c.Element()
	if _, err := schema.Decode(rev.text, e.Addr().Interface()); err != nil {
		return err
	}
	at := findElement(c, list, e, -1)
	rank := list.Len()
	if at >= 0 {
		rank = at
		e.FieldByName("PK").Set(list.Index(at).FieldByName("PK"))
	}
	if rev.Change == "delete" && rev.mark.Rank != nil {
		rank = int(*rev.mark.Rank)
	}
	undoElement(c, list, rev.Change, e, rank)
	return nil
}

// quoted writes any text as a JSON string.
func quoted(text schema.JSON) schema.JSON {
	b, err := json.Marshal(string(text))
	if err != nil {
		return ""
	}
	return schema.JSON(b)
}
