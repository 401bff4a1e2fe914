package sqlitedb

import (
	"bytes"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Row is a row of Each. Columns count from 0; NULL is 0 or "" where it is asked for as
// such, and so is a value of another type, with which Each ends as a ValueError. It holds
// until the function that got it returns.
type Row struct {
	values values // where SQLite has them, or nil
	tls    *libc.TLS
	stmt   uintptr
	vals   []any    // instead of stmt, from the driver
	names  []string // of the columns, with vals
	bad    error    // a mismatch
	at     int      // its column
}

// wrong notes that a value is not of the type that it is asked for.
func (r *Row) wrong(i int, want string) {
	if r.bad == nil {
		r.bad, r.at = unfit(r.value(i), want), i
	}
}

// value gives a value as the driver would.
func (r *Row) value(i int) any {
	if r.stmt == 0 {
		return r.vals[i]
	}
	at := sqlite3.Xsqlite3_column_value(r.tls, r.stmt, int32(i))
	switch sqlite3.Xsqlite3_value_type(r.tls, at) {
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_value_int64(r.tls, at)
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_value_double(r.tls, at)
	case sqlite3.SQLITE_TEXT:
		return string(r.bytes(at))
	case sqlite3.SQLITE_BLOB:
		return bytes.Clone(r.bytes(at))
	}
	return nil
}

// bytes gives the bytes of a text, without having SQLite end a copy of it with a zero.
func (r *Row) bytes(at uintptr) []byte {
	p := sqlite3.Xsqlite3_value_blob(r.tls, at)
	n := sqlite3.Xsqlite3_value_bytes(r.tls, at)
	if p == 0 || n <= 0 {
		return nil
	}
	return libc.GoBytes(p, int(n))
}

// Null tells whether there is no value.
func (r *Row) Null(i int) bool {
	if r.values != nil {
		return r.values[i].Fflags&sqlite3.MEM_Null != 0
	}
	if r.stmt == 0 {
		return r.vals[i] == nil
	}
	return sqlite3.Xsqlite3_column_type(r.tls, r.stmt, int32(i)) == sqlite3.SQLITE_NULL
}

// Int gives a whole number.
func (r *Row) Int(i int) int64 {
	if n, ok := r.values.int(i); ok {
		return n
	}
	if r.stmt == 0 {
		n, ok := r.vals[i].(int64)
		if !ok && r.vals[i] != nil {
			r.wrong(i, "a whole number")
		}
		return n
	}
	at := sqlite3.Xsqlite3_column_value(r.tls, r.stmt, int32(i))
	switch sqlite3.Xsqlite3_value_type(r.tls, at) {
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_value_int64(r.tls, at)
	case sqlite3.SQLITE_NULL:
	default:
		r.wrong(i, "a whole number")
	}
	return 0
}

// Float gives a number.
func (r *Row) Float(i int) float64 {
	if r.stmt == 0 {
		if n, ok := r.vals[i].(int64); ok {
			return float64(n)
		}
		f, ok := r.vals[i].(float64)
		if !ok && r.vals[i] != nil {
			r.wrong(i, "a number")
		}
		return f
	}
	at := sqlite3.Xsqlite3_column_value(r.tls, r.stmt, int32(i))
	switch sqlite3.Xsqlite3_value_type(r.tls, at) {
	case sqlite3.SQLITE_INTEGER, sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_value_double(r.tls, at)
	case sqlite3.SQLITE_NULL:
	default:
		r.wrong(i, "a number")
	}
	return 0
}

// Text gives a text of its own.
func (r *Row) Text(i int) string { return string(r.View(i)) }

// View gives a text that holds no longer than the row, and must not be written to.
func (r *Row) View(i int) []byte {
	if text, ok := r.values.text(i); ok {
		return text
	}
	if r.stmt == 0 {
		s, ok := r.vals[i].(string)
		if !ok && r.vals[i] != nil {
			r.wrong(i, "a text")
		}
		return []byte(s)
	}
	at := sqlite3.Xsqlite3_column_value(r.tls, r.stmt, int32(i))
	switch sqlite3.Xsqlite3_value_type(r.tls, at) {
	case sqlite3.SQLITE_TEXT:
		return r.bytes(at)
	case sqlite3.SQLITE_NULL:
	default:
		r.wrong(i, "a text")
	}
	return nil
}

// Values appends the values of the row as they are stored, whatever their types, a text or a blob
// as bytes that hold no longer than the row and must not be written to.
func (r *Row) Values(dst []any) []any {
	if r.stmt == 0 {
		for _, v := range r.vals {
			if text, ok := v.(string); ok {
				v = []byte(text)
			}
			dst = append(dst, v)
		}
		return dst
	}
	for i := range sqlite3.Xsqlite3_column_count(r.tls, r.stmt) {
		at := sqlite3.Xsqlite3_column_value(r.tls, r.stmt, i)
		switch sqlite3.Xsqlite3_value_type(r.tls, at) {
		case sqlite3.SQLITE_NULL:
			dst = append(dst, nil)
		case sqlite3.SQLITE_INTEGER:
			dst = append(dst, sqlite3.Xsqlite3_value_int64(r.tls, at))
		case sqlite3.SQLITE_FLOAT:
			dst = append(dst, sqlite3.Xsqlite3_value_double(r.tls, at))
		default:
			dst = append(dst, r.bytes(at))
		}
	}
	return dst
}

// after is the error of fn for the row, or what was wrong with the row.
func (r *Row) after(text string, err error) error {
	if r.bad == nil {
		return err
	}
	names := r.names
	if r.stmt != 0 {
		for i := range sqlite3.Xsqlite3_column_count(r.tls, r.stmt) {
			names = append(names, libc.GoString(sqlite3.Xsqlite3_column_name(r.tls, r.stmt, i)))
		}
	}
	return located(r.bad, text, r.at, names, r.value)
}
