package rows

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Bind appends the values of the columns of rv, as they are stored.
func Bind(dst []any, cols []schema.Column, rv reflect.Value) ([]any, error) {
	for i := range cols {
		v, err := bindOne(&cols[i], rv)
		if err != nil {
			return nil, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

func bindOne(c *schema.Column, rv reflect.Value) (any, error) {
	f := rv
	if c.Index != nil {
		f = rv.FieldByIndex(c.Index)
	}
	if c.Null && c.Type != schema.ColumnBlob && c.Type != schema.ColumnForm && f.IsZero() {
		return nil, nil
	}
	switch c.Type {
	case schema.ColumnInt:
		return f.Int(), nil
	case schema.ColumnFloat:
		if n := f.Float(); math.IsInf(n, 0) || math.IsNaN(n) {
			return nil, &schema.InvalidError{Field: c.Name, Problem: "is not a finite number"}
		}
		return f.Float(), nil
	case schema.ColumnBool:
		if f.Bool() {
			return int64(1), nil
		}
		return int64(0), nil
	case schema.ColumnBlob:
		return OrNull(f.Interface().(schema.Content).Blob), nil
	case schema.ColumnForm:
		return OrNull(f.Interface().(schema.Content).Form), nil
	}
	s := f.String()
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, &schema.InvalidError{Field: c.Name, Problem: "holds U+0000 or bytes that are not UTF-8; remove them"}
	}
	return s, nil
}

func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// dest scans one column into a field.
type dest struct {
	Col *schema.Column
	f   reflect.Value
}

// Scan implements sql.Scanner.
func (d *dest) Scan(src any) error {
	switch d.Col.Type {
	case schema.ColumnBlob:
		return sqlitedb.Assign(&d.f.Addr().Interface().(*schema.Content).Blob, src)
	case schema.ColumnForm:
		return sqlitedb.Assign(&d.f.Addr().Interface().(*schema.Content).Form, src)
	}
	return sqlitedb.Assign(d.f.Addr().Interface(), src)
}

// scanner scans rows into structs; it is used for all rows of a statement.
type scanner struct {
	Dests []dest
	args  []any
}

// NewScanner makes a scanner for cols; before and after are further targets.
func NewScanner(cols []schema.Column, before []any, after ...any) *scanner {
	s := &scanner{Dests: make([]dest, len(cols)), args: make([]any, 0, len(before)+len(cols)+len(after))}
	s.args = append(s.args, before...)
	for i := range cols {
		s.Dests[i].Col = &cols[i]
		s.args = append(s.args, &s.Dests[i])
	}
	s.args = append(s.args, after...)
	return s
}

// into aims the scanner at rv and gives the targets of a Scan.
func (s *scanner) Into(rv reflect.Value) []any {
	for i := range s.Dests {
		d := &s.Dests[i]
		if d.Col.Index == nil {
			d.f = rv
		} else {
			d.f = rv.FieldByIndex(d.Col.Index)
		}
	}
	return s.args
}

var sumBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// Sum is the checksum of a row: the first eight bytes of the SHA-256 over the
// names and values of its columns. NULLs are left out, so that a column that is
// added later leaves the sums of old rows true. pos is the row's place in its
// list, or -1.
func Sum(cols []schema.Column, vals []any, pos int64) int64 {
	p := sumBuffers.Get().(*[]byte)
	b := binary.BigEndian.AppendUint64((*p)[:0], uint64(pos))
	for i := range cols {
		if cols[i].Name != "pk" {
			b = AppendValue(b, cols[i].Name, vals[i])
		}
	}
	sum := sha256.Sum256(b)
	*p = b
	sumBuffers.Put(p)
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

func AppendValue(b []byte, name string, v any) []byte {
	if v == nil {
		return b
	}
	b = append(append(b, name...), 0)
	switch v := v.(type) {
	case int64:
		return binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
	case float64:
		if v == 0 {
			v = 0 // SQLite has no -0
		}
		return binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(v))
	case []byte:
		return append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
	case string:
		return append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
	}
	return b
}

// JSONList writes a list in JSON.
func JSONList[T string | int64](list []T) string {
	text, err := json.Marshal(list)
	if err != nil {
		return "[]" // cannot be: texts and numbers always encode
	}
	return string(text)
}
