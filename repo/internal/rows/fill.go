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
	texts []textIn // by columns
	piece []byte   // the views one after the other
}

// textIn is what a column of texts has.
type textIn struct {
	last string // in the row before, or an earlier one
	view []byte // in this row, where it is a short one and not the last
}

func newFiller(cols []schema.Column, first int) *filler {
	return &filler{cols: cols, first: first, texts: make([]textIn, len(cols))}
}

// sharedMost is up to how many bytes a text is compared with the one before. Those of
// a list are often equal: its items are in one session, of one status, links of one kind.
const sharedMost = 40

// shortMost is up to how many bytes a text shares a piece of memory with the other short
// ones of its row. A longer one has its own, so that who keeps a name does not keep it.
const shortMost = 128

// fill sets the fields of rv, which is addressable, or is the text itself where the
// column has no field.
func (f *filler) fill(row *sqlitedb.Row, rv reflect.Value) {
	base := rv.Addr().UnsafePointer()
	f.piece = f.piece[:0]
	for i := range f.cols {
		at, n := unsafe.Add(base, f.cols[i].Offset), f.first+i
		switch f.cols[i].Type {
		case schema.ColumnText:
			f.text(row.View(n), i, (*string)(at))
		case schema.ColumnInt:
			*(*int64)(at) = row.Int(n)
		case schema.ColumnFloat:
			*(*float64)(at) = row.Float(n)
		case schema.ColumnBool:
			*(*bool)(at) = row.Int(n) != 0
		case schema.ColumnBlob:
			f.text(row.View(n), i, &(*schema.Content)(at).Blob)
		case schema.ColumnForm:
			f.text(row.View(n), i, &(*schema.Content)(at).Form)
		}
	}
	f.settle(base)
}

// text sets a field, now or with settle.
func (f *filler) text(view []byte, i int, field *string) {
	switch {
	case len(view) == 0:
		*field = ""
	case len(view) > shortMost:
		*field = string(view)
	case len(view) <= sharedMost && f.texts[i].last == string(view):
		*field = f.texts[i].last
	default:
		f.texts[i].view = view
		f.piece = append(f.piece, view...)
	}
}

// settle sets the fields of the short texts that are new, in one piece of memory. It costs a
// fifth of one for each.
func (f *filler) settle(base unsafe.Pointer) {
	if len(f.piece) == 0 {
		return
	}
	piece := string(f.piece)
	for i := range f.texts {
		n := len(f.texts[i].view)
		if n == 0 {
			continue
		}
		text := piece[:n]
		piece, f.texts[i].view = piece[n:], nil
		if n <= sharedMost {
			f.texts[i].last = text
		}
		switch at := unsafe.Add(base, f.cols[i].Offset); f.cols[i].Type {
		case schema.ColumnBlob:
			(*schema.Content)(at).Blob = text
		case schema.ColumnForm:
			(*schema.Content)(at).Form = text
		default:
			*(*string)(at) = text
		}
	}
}
