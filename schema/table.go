package schema

import (
	"reflect"
	"strings"
)

// Table says how the entities of one kind are kept. Columns are the `db` tags
// of T, its Head included; everything inside T that is a list, a document or
// an object of its own is a Child.
type Table[T any] struct {
	Kind string // "task"
	Name string // "tasks", the table and the collection
	// Date and Updated are the columns that lists show and sort by; Updated may be empty.
	Date, Updated string
	// Status is the column of the state that Query.Status asks for; it may be empty.
	Status string
	// Title is an SQL expression over the columns that names a row in a list.
	Title    string
	Head     func(*T) *Head
	Children []Child[T]
}

// Form is how a child is laid out.
type Form int

// The forms of a child.
const (
	// FormStrings is a list of texts, one column, replaced as a whole.
	FormStrings Form = iota
	// FormLinks is a list of Link, replaced as a whole.
	FormLinks
	// FormMany is a list of objects that is read with its owner.
	FormMany
	// FormLong is a list of objects that is read when asked for, and to which
	// single items are added without a new revision of the owner.
	FormLong
	// FormOne is an object that may be there once.
	FormOne
	// FormDocument is one of several large JSON values in one table.
	FormDocument
)

// Child is a list, an object or a document inside a T, with a table of its own.
type Child[T any] struct {
	Table  string
	Part   string // JSON member, dotted when it is inside another: "video.chunks"
	Form   Form
	Column string       // FormStrings: the column of the text
	Elem   reflect.Type // the struct of an element; nil for texts and documents
	// At gives a pointer to the field: *[]string, *[]E, **E or *Document. It is
	// nil where the object that holds the field is not there.
	At func(*T) any
}

// Strings describes a list of texts.
func Strings[T any](table, column, part string, at func(*T) *[]string) Child[T] {
	return Child[T]{Table: table, Part: part, Form: FormStrings, Column: column, At: func(t *T) any { return at(t) }}
}

// Links describes the links of an entity.
func Links[T any](table string, at func(*T) *[]Link) Child[T] {
	return Child[T]{Table: table, Part: "links", Form: FormLinks, Elem: reflect.TypeFor[Link](), At: func(t *T) any { return at(t) }}
}

// Many describes a list of objects that is read with its owner.
func Many[T, E any](table, part string, at func(*T) *[]E) Child[T] {
	return list(FormMany, table, part, at)
}

// Long describes a list of objects that is read when asked for.
func Long[T, E any](table, part string, at func(*T) *[]E) Child[T] {
	return list(FormLong, table, part, at)
}

func list[T, E any](form Form, table, part string, at func(*T) *[]E) Child[T] {
	return Child[T]{Table: table, Part: part, Form: form, Elem: reflect.TypeFor[E](), At: func(t *T) any {
		if p := at(t); p != nil {
			return p
		}
		return nil
	}}
}

// One describes an object that may be there once.
func One[T, E any](table, part string, at func(*T) **E) Child[T] {
	return Child[T]{Table: table, Part: part, Form: FormOne, Elem: reflect.TypeFor[E](), At: func(t *T) any { return at(t) }}
}

// Doc describes a document; all documents of an entity share one table.
func Doc[T any](table, part string, at func(*T) *Document) Child[T] {
	return Child[T]{Table: table, Part: part, Form: FormDocument, At: func(t *T) any { return at(t) }}
}

// OnDemand tells whether the child is read only when asked for.
func (c Child[T]) OnDemand() bool { return c.Form == FormLong || c.Form == FormDocument }

// Item is what the elements of a list of objects have in common. The row's key
// never changes, so that what refers to an item stays true.
type Item struct {
	PK int64  `db:"pk"`
	ID string `db:"id" json:"id"`
	Rest
}

// kindNames are the names of the kinds: the singular, which links and references
// hold, and the plural, which is the collection's.
var kindNames = [][2]string{
	{Sessions.Kind, Sessions.Name}, {Notes.Kind, Notes.Name}, {Tasks.Kind, Tasks.Name}, {Topics.Kind, Topics.Name}, {Companies.Kind, Companies.Name},
	{Contacts.Kind, Contacts.Name}, {Attachments.Kind, Attachments.Name}, {"setting", "settings"},
}

// KindName gives the singular name of a kind that is named in the singular or the
// plural, in any case: "note" for "Notes". It is false where there is no such kind.
func KindName(name string) (kind string, ok bool) {
	word := strings.ToLower(strings.TrimSpace(name))
	for _, k := range kindNames {
		if word == k[0] || word == k[1] {
			return k[0], true
		}
	}
	return name, false
}
