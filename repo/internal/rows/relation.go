// Package rows turns descriptions of entities (package schema) into SQL: it reads and
// writes the row of an entity and the rows of its lists and documents, with their
// checksums, and makes the triggers that notice what other programs write. It is the
// only writer of the tables of records and settings. Every statement that it derives
// stands in testdata/statements.sql. When to write, what to keep of the state that is
// overwritten and what the search index must learn is said by others.
package rows

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"taskstore/schema"
)

// Relation is a description made ready for the engine: one entity table with
// its children and every statement that the engine runs on them.
type Relation struct {
	Kind, Name string
	Typ        reflect.Type
	Date       string // column of the date
	Updated    string // column of the last change, saved_at where there is none
	Status     string // column of the status, "" where there is none
	Title      string // SQL expression
	Cols       []schema.Column
	Head       func(any) *schema.Head
	Children   []*Child
	SQL        rootSQL
	facets     func() *facetSQL // made when they are first needed
}

// Child is a child table of a relation.
type Child struct {
	Table, Owner string // owner is the column that refers to the entity: task_pk
	Part         string // "" for documents, which have one each
	Form         schema.Form
	Cols         []schema.Column // of an element; for texts the one column
	Elem         reflect.Type
	At           func(any) any
	Docs         []document
	SQL          childSQL
	mark         string        // the table as an entity's lists name it
	empty        reflect.Value // a list of nothing
}

// document is one of the members that share a table of documents.
type document struct {
	Part string
	At   func(any) *schema.Document
}

// compile makes a description ready. It is called once for each entity.
func compile[T any](t schema.Table[T]) *Relation {
	r := &Relation{
		Kind: t.Kind, Name: t.Name, Typ: reflect.TypeFor[T](),
		Date: t.Date, Updated: t.Updated, Status: t.Status, Title: t.Title,
		Cols: schema.Columns(reflect.TypeFor[T]()),
		Head: func(v any) *schema.Head { return t.Head(v.(*T)) },
	}
	if r.Updated == "" {
		r.Updated = "saved_at"
	}
	for _, c := range t.Children {
		r.addChild(c.Table, c.Part, c.Form, c.Column, c.Elem, func(v any) any { return c.At(v.(*T)) })
	}
	r.derive()
	r.facets = sync.OnceValue(r.deriveFacets)
	return r
}

func (r *Relation) addChild(table, part string, form schema.Form, column string, elem reflect.Type, at func(any) any) {
	if form == schema.FormDocument {
		d := document{part, func(v any) *schema.Document { return at(v).(*schema.Document) }}
		if last := len(r.Children) - 1; last >= 0 && r.Children[last].Table == table {
			r.Children[last].Docs = append(r.Children[last].Docs, d)
			return
		}
		r.Children = append(r.Children, &Child{Table: table, Owner: r.Kind + "_pk", Form: form, Docs: []document{d}})
		return
	}
	c := &Child{Table: table, Owner: r.Kind + "_pk", Part: part, Form: form, Elem: elem, At: at, mark: `"` + table + `"`}
	if form == schema.FormStrings {
		c.Cols, c.empty = []schema.Column{{Name: column}}, reflect.ValueOf([]string{})
	} else {
		c.Cols, c.empty = schema.Columns(elem), reflect.MakeSlice(reflect.SliceOf(elem), 0, 0)
	}
	r.Children = append(r.Children, c)
}

// HasPK tells whether the rows have a key of their own and are changed one by one.
func (c *Child) HasPK() bool {
	return c.Form == schema.FormMany || c.Form == schema.FormLong || c.Form == schema.FormOne
}

// everyPart asks for every part of an entity.
const EveryPart = "*"

// Parts checks the names of the parts that a caller asks for.
func (r *Relation) Parts(names []string) (map[string]bool, error) {
	want := map[string]bool{}
	for _, n := range names {
		if n != EveryPart && !r.hasPart(n) {
			return nil, &schema.InvalidError{Kind: r.Kind, Field: n, Problem: "is no part that is read on demand"}
		}
		want[n] = true
	}
	return want, nil
}

func (r *Relation) hasPart(name string) bool {
	for _, c := range r.Children {
		if c.Form == schema.FormLong && c.Part == name {
			return true
		}
		for _, d := range c.Docs {
			if d.Part == name {
				return true
			}
		}
	}
	return false
}

// Child finds a child by its table.
func (r *Relation) Child(table string) (*Child, error) {
	for _, c := range r.Children {
		if c.Table == table {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%s has no table %q", r.Kind, table)
}

// TitleOf is the expression of the title over a row of that name: the same that
// the index is over.
func (r *Relation) TitleOf(row string) string {
	if !strings.ContainsAny(r.Title, "( ") {
		return row + "." + r.Title
	}
	return r.Title
}

// HasLinks tells whether entities hold links to others.
func (r *Relation) HasLinks() bool {
	return slices.ContainsFunc(r.Children, func(c *Child) bool { return c.Form == schema.FormLinks })
}

// New makes an empty entity.
func (r *Relation) New() any { return reflect.New(r.Typ).Interface() }

// Compiled once; every store shares them.
var (
	Sessions    = compile(schema.Sessions)
	Notes       = compile(schema.Notes)
	Tasks       = compile(schema.Tasks)
	Topics      = compile(schema.Topics)
	Companies   = compile(schema.Companies)
	Contacts    = compile(schema.Contacts)
	Attachments = compile(schema.Attachments)

	Relations = []*Relation{Sessions, Notes, Tasks, Topics, Companies, Contacts, Attachments}
)

// RelationOf gives the relation of a kind, named in the singular or the plural.
func RelationOf(kind string) (*Relation, error) {
	name, _ := schema.KindName(kind)
	for _, r := range Relations {
		if r.Kind == name {
			return r, nil
		}
	}
	return nil, &schema.InvalidError{Field: "kind", Problem: fmt.Sprintf("%q is unknown", kind)}
}

// TableNames are the names of the tables of all entities.
func TableNames() []string {
	names := make([]string, len(Relations))
	for i, r := range Relations {
		names[i] = r.Name
	}
	return names
}
