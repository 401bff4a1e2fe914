package sqlitedb

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"taskstore/internal/pattern"

	"github.com/jmoiron/sqlx/reflectx"
)

// A bit that flips in the head of a row gives its columns values of other types, which
// SQLite hands out as they are. Here, and in Row, is all that takes values from it: each is
// held against the type of what it goes into before anything is done with it, and outside of
// the driver's rows, whose Close waits for a Scan that panics.

// ValueError says that a value is not of the type that its column has: the row is damaged.
// It is also ErrCorrupt.
type ValueError struct {
	Table  string // the first one of the statement; "" if it has none
	PK     int64  // the key of the row where its statement gives one; 0 if not
	Key    string // the key where that is a text
	Column string
	Detail string // what is there, and what should be
}

func (e *ValueError) Error() string {
	var b strings.Builder
	b.WriteString(ErrCorrupt.Error() + ": ")
	if e.Table != "" {
		b.WriteString("table " + e.Table + ", ")
	}
	switch {
	case e.PK != 0:
		fmt.Fprintf(&b, "row %d, ", e.PK)
	case e.Key != "":
		fmt.Fprintf(&b, "row %q, ", e.Key)
	}
	return b.String() + "column " + e.Column + " holds " + e.Detail
}

func (e *ValueError) Unwrap() error { return ErrCorrupt }

// raw takes a value from the driver as it is.
type raw struct{ v any }

// Scan implements sql.Scanner.
func (r *raw) Scan(v any) error {
	r.v = v
	return nil
}

// typeName names the type of a value for people.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	}
	return fmt.Sprintf("a %T", v)
}

// mismatch is what assign says of a value that does not fit.
type mismatch struct{ is, want string }

func (m *mismatch) Error() string { return m.is + " in place of " + m.want }
func (m *mismatch) Unwrap() error { return ErrCorrupt }

func unfit(v any, want string) error { return &mismatch{typeName(v), want} }

// assign puts a value as the driver gives it into what dest points to. Nothing is converted
// that SQLite does not convert in a column of that type: what does not fit is a mismatch.
func assign(dest, v any) error {
	switch d := dest.(type) {
	case *any:
		*d = v
		return nil
	case *int64:
		n, ok := v.(int64)
		if *d = n; !ok {
			return unfit(v, "a whole number")
		}
		return nil
	case *string:
		s, ok := v.(string)
		if *d = s; !ok {
			return unfit(v, "a text")
		}
		return nil
	case *[]byte:
		return assignBytes(d, v)
	case *sql.RawBytes:
		return assignView(d, v)
	case *sql.NullInt64:
		n, ok := v.(int64)
		if *d = (sql.NullInt64{Int64: n, Valid: ok}); !ok && v != nil {
			return unfit(v, "a whole number")
		}
		return nil
	case *sql.NullString:
		s, ok := v.(string)
		if *d = (sql.NullString{String: s, Valid: ok}); !ok && v != nil {
			return unfit(v, "a text")
		}
		return nil
	case sql.Scanner:
		return d.Scan(v)
	}
	return assignKind(reflect.ValueOf(dest).Elem(), v)
}

// Assign puts a value as it stands in a column into what dest points to, and no value as the
// zero value. What does not fit is ErrCorrupt.
func Assign(dest, v any) error {
	if v == nil {
		reflect.ValueOf(dest).Elem().SetZero()
		return nil
	}
	return assign(dest, v)
}

func assignBytes(d *[]byte, v any) error {
	switch v := v.(type) {
	case nil:
		*d = nil
	case string:
		*d = []byte(v)
	case []byte:
		*d = v
	default:
		return unfit(v, "bytes")
	}
	return nil
}

// assignView gives bytes that are not to be written to, a text without a copy.
func assignView(d *sql.RawBytes, v any) error {
	if s, ok := v.(string); ok {
		*d = unsafe.Slice(unsafe.StringData(s), len(s))
		return nil
	}
	return assignBytes((*[]byte)(d), v)
}

// assignKind is assign for the types that are not the plain ones.
func assignKind(f reflect.Value, v any) error {
	if f.Kind() == reflect.Pointer {
		if v == nil {
			f.SetZero()
			return nil
		}
		p := reflect.New(f.Type().Elem())
		f.Set(p)
		return assign(p.Interface(), v)
	}
	n, whole := v.(int64)
	switch kind := f.Kind(); kind {
	case reflect.String:
		s, ok := v.(string)
		if f.SetString(s); !ok {
			return unfit(v, "a text")
		}
	case reflect.Bool:
		if f.SetBool(n != 0); !whole {
			return unfit(v, "0 or 1")
		}
	case reflect.Float64:
		x, ok := v.(float64)
		if whole {
			x, ok = float64(n), true
		}
		if f.SetFloat(x); !ok {
			return unfit(v, "a number")
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		if !whole || f.OverflowInt(n) {
			return unfit(v, "a whole number")
		}
		f.SetInt(n)
	case reflect.Uint64, reflect.Uint32:
		if !whole || n < 0 || f.OverflowUint(uint64(n)) {
			return unfit(v, "a whole number that is not negative")
		}
		f.SetUint(uint64(n))
	default:
		if b, ok := f.Addr().Interface().(*[]byte); ok {
			return assignBytes(b, v)
		}
		return fmt.Errorf("nothing is read from a database into a %v", f.Type())
	}
	return nil
}

var firstTable = pattern.Of(`(?i)\b(?:FROM|UPDATE|INTO)\s+"?(\w+)`)

// located says where a value that does not fit stands: names are the columns of the row,
// value gives one of them. Other errors come back as they are.
func located(err error, text string, at int, names []string, value func(i int) any) error {
	m, ok := err.(*mismatch)
	if !ok {
		return err
	}
	e := &ValueError{Detail: m.Error()}
	if found := firstTable.FindStringSubmatch(text); found != nil {
		e.Table = found[1]
	}
	if at < len(names) {
		e.Column = names[at]
	}
	if i := keyOf(names); i >= 0 {
		switch key := value(i).(type) {
		case int64:
			e.PK = key
		case string:
			e.Key = key
		}
	}
	return e
}

// keyOf finds the column that names a row, -1 if there is none.
func keyOf(names []string) int {
	best, at := 0, -1
	for i, name := range names {
		rank := 0
		switch {
		case name == "pk":
			rank = 3
		case strings.HasSuffix(name, "_pk"):
			rank = 2
		case name == "id" || name == "key" || name == "sha256":
			rank = 1
		}
		if rank > best {
			best, at = rank, i
		}
	}
	return at
}

// isStruct tells whether a row goes into the fields of a type, and not into it as a whole.
func isStruct(m *reflectx.Mapper, t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()) && len(m.TypeMap(t).Index) > 0
}
