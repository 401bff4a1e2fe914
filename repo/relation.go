package repo

import (
	"fmt"
	"reflect"
	"strings"

	"taskstore/schema"
)

// relation is a description made ready for the engine: one entity table with
// its children and every statement that the engine runs on them.
type relation struct {
	kind, name string
	typ        reflect.Type
	date       string // column of the date
	updated    string // column of the last change, saved_at where there is none
	status     string // column of the status, "" where there is none
	title      string // SQL expression
	cols       []schema.Column
	head       func(any) *schema.Head
	children   []*child
	sql        rootSQL
}

// child is a child table of a relation.
type child struct {
	table, owner string // owner is the column that refers to the entity: task_pk
	part         string // "" for documents, which have one each
	form         schema.Form
	cols         []schema.Column // of an element; for texts the one column
	elem         reflect.Type
	at           func(any) any
	docs         []document
	sql          childSQL
}

// document is one of the members that share a table of documents.
type document struct {
	part string
	at   func(any) *schema.Document
}

// compile makes a description ready. It is called once for each entity.
func compile[T any](t schema.Table[T]) *relation {
	r := &relation{
		kind: t.Kind, name: t.Name, typ: reflect.TypeFor[T](),
		date: t.Date, updated: t.Updated, status: t.Status, title: t.Title,
		cols: schema.Columns(reflect.TypeFor[T]()),
		head: func(v any) *schema.Head { return t.Head(v.(*T)) },
	}
	if r.updated == "" {
		r.updated = "saved_at"
	}
	for _, c := range t.Children {
		r.addChild(c.Table, c.Part, c.Form, c.Column, c.Elem, func(v any) any { return c.At(v.(*T)) })
	}
	r.derive()
	return r
}

func (r *relation) addChild(table, part string, form schema.Form, column string, elem reflect.Type, at func(any) any) {
	if form == schema.FormDocument {
		d := document{part, func(v any) *schema.Document { return at(v).(*schema.Document) }}
		if last := len(r.children) - 1; last >= 0 && r.children[last].table == table {
			r.children[last].docs = append(r.children[last].docs, d)
			return
		}
		r.children = append(r.children, &child{table: table, owner: r.kind + "_pk", form: form, docs: []document{d}})
		return
	}
	c := &child{table: table, owner: r.kind + "_pk", part: part, form: form, elem: elem, at: at}
	if form == schema.FormStrings {
		c.cols = []schema.Column{{Name: column}}
	} else {
		c.cols = schema.Columns(elem)
	}
	r.children = append(r.children, c)
}

// hasPK tells whether the rows have a key of their own and are changed one by one.
func (c *child) hasPK() bool {
	return c.form == schema.FormMany || c.form == schema.FormLong || c.form == schema.FormOne
}

// everyPart asks for every part of an entity.
const everyPart = "*"

// parts checks the names of the parts that a caller asks for.
func (r *relation) parts(names []string) (map[string]bool, error) {
	want := map[string]bool{}
	for _, n := range names {
		if n != everyPart && !r.hasPart(n) {
			return nil, &schema.InvalidError{Kind: r.kind, Field: n, Problem: "is no part that is read on demand"}
		}
		want[n] = true
	}
	return want, nil
}

func (r *relation) hasPart(name string) bool {
	for _, c := range r.children {
		if c.form == schema.FormLong && c.part == name {
			return true
		}
		for _, d := range c.docs {
			if d.part == name {
				return true
			}
		}
	}
	return false
}

// child finds a child by its table.
func (r *relation) child(table string) (*child, error) {
	for _, c := range r.children {
		if c.table == table {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%s has no table %q", r.kind, table)
}

// titleOf is the expression of the title over a row of that name: the same that
// the index is over.
func (r *relation) titleOf(row string) string {
	if !strings.ContainsAny(r.title, "( ") {
		return row + "." + r.title
	}
	return r.title
}

// new makes an empty entity.
func (r *relation) new() any { return reflect.New(r.typ).Interface() }

// Compiled once; every store shares them.
var (
	sessions    = compile(schema.Sessions)
	notes       = compile(schema.Notes)
	tasks       = compile(schema.Tasks)
	topics      = compile(schema.Topics)
	companies   = compile(schema.Companies)
	contacts    = compile(schema.Contacts)
	attachments = compile(schema.Attachments)

	relations = []*relation{sessions, notes, tasks, topics, companies, contacts, attachments}
)

// relationOf gives the relation of a kind, named in the singular or the plural.
func relationOf(kind string) (*relation, error) {
	name, _ := schema.KindName(kind)
	for _, r := range relations {
		if r.kind == name {
			return r, nil
		}
	}
	return nil, &schema.InvalidError{Field: "kind", Problem: fmt.Sprintf("%q is unknown", kind)}
}

// tableNames are the names of the tables of all entities.
func tableNames() []string {
	names := make([]string, len(relations))
	for i, r := range relations {
		names[i] = r.name
	}
	return names
}
