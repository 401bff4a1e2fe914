package rows

import (
	"reflect"
	"unsafe"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// filler puts rows that Each reads into structs, all with the same columns.
type filler struct {
	cols  []schema.Column
	first int      // the place of the first of them in the row
	last  []string // the texts of the row before
}

func newFiller(cols []schema.Column, first int) *filler {
	return &filler{cols: cols, first: first, last: make([]string, len(cols))}
}

// sharedMost is up to how many bytes a text is compared with the one before. Those of
// a list are often equal: its items are in one session, of one status, links of one kind.
const sharedMost = 40

// fill sets the fields of rv, which is addressable, or is the text itself where the
// column has no field.
func (f *filler) fill(row *sqlitedb.Row, rv reflect.Value) {
	base := rv.Addr().UnsafePointer()
	for i := range f.cols {
		at, n := unsafe.Add(base, f.cols[i].Offset), f.first+i
		switch f.cols[i].Type {
		case schema.ColumnText:
			*(*string)(at) = f.text(row.View(n), i)
		case schema.ColumnInt:
			*(*int64)(at) = row.Int(n)
		case schema.ColumnFloat:
			*(*float64)(at) = row.Float(n)
		case schema.ColumnBool:
			*(*bool)(at) = row.Int(n) != 0
		case schema.ColumnBlob:
			(*schema.Content)(at).Blob = row.Text(n)
		case schema.ColumnForm:
			(*schema.Content)(at).Form = f.text(row.View(n), i)
		}
	}
}

func (f *filler) text(view []byte, i int) string {
	switch {
	case len(view) == 0:
		return ""
	case len(view) > sharedMost:
		return string(view)
	case f.last[i] != string(view):
		f.last[i] = string(view)
	}
	return f.last[i]
}
