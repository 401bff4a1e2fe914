package schema

import (
	"fmt"
	"reflect"
	"strings"
)

// ColumnType is how a column is bound and read.
type ColumnType int

// The types of columns. STRICT tables have TEXT for all but ColumnInt,
// ColumnBool (INTEGER 0 or 1) and ColumnFloat (REAL).
const (
	ColumnText ColumnType = iota
	ColumnInt
	ColumnFloat
	ColumnBool
	ColumnBlob // the Blob of a Content: a SHA-256
	ColumnForm // the Form of a Content
)

// Column is one column of a table, from a `db` tag.
type Column struct {
	Name   string
	Type   ColumnType
	Index  []int   // the field, for reflect's FieldByIndex
	Offset uintptr // of the field from the beginning of its struct
	Null   bool    // a zero value is stored as NULL
}

// Columns gives the columns of a struct in their order. A member that the app
// may leave out, and every time, is NULL when zero; the tag option ",null" says
// so for fields that are no member. A Content is two columns.
func Columns(t reflect.Type) []Column { return columns(t, nil, 0) }

func columns(t reflect.Type, at []int, offset uintptr) []Column {
	list := make([]Column, 0, t.NumField()+2)
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(at[:len(at):len(at)], i)
		tag, ok := f.Tag.Lookup("db")
		if !ok {
			if f.Anonymous && f.Type.Kind() == reflect.Struct {
				list = append(list, columns(f.Type, index, offset+f.Offset)...)
			}
			continue
		}
		list = appendColumn(list, f, tag, index, offset+f.Offset)
	}
	return list
}

func appendColumn(list []Column, f reflect.StructField, tag string, index []int, offset uintptr) []Column {
	name, opt, _ := strings.Cut(tag, ",")
	null := opt == "null" || f.Type == typeTime || f.Type == typeJSON || strings.HasSuffix(f.Tag.Get("json"), ",omitempty")
	if f.Type == typeCont {
		return append(list, Column{Name: name + "_blob", Type: ColumnBlob, Index: index, Offset: offset, Null: true},
			Column{Name: name + "_form", Type: ColumnForm, Index: index, Offset: offset, Null: true})
	}
	c := Column{Name: name, Index: index, Offset: offset, Null: null}
	switch f.Type.Kind() {
	case reflect.String:
		c.Type = ColumnText
	case reflect.Int64:
		c.Type = ColumnInt
	case reflect.Float64:
		c.Type = ColumnFloat
	case reflect.Bool:
		c.Type = ColumnBool
	default:
		panic(fmt.Sprintf("schema: no column for field %s of type %v", f.Name, f.Type))
	}
	return append(list, c)
}
