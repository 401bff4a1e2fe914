package sqlitedb

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// values are the values of a row where SQLite itself has them: one after the other. To look
// there costs a tenth of what SQLite's functions do, each of which looks for errors of
// the last one. A value that is not there as it is asked for, such as a number of which
// the text is wanted, is left to those functions.
type values []sqlite3.Tsqlite3_value

// row gives the values of the row that a statement has come to. It is nil where they
// are not one after the other, as they are in the SQLite that this was written for.
func (d *direct) row() values {
	const size = unsafe.Sizeof(sqlite3.Tsqlite3_value{})
	n := sqlite3.Xsqlite3_data_count(d.tls, d.stmt)
	first := sqlite3.Xsqlite3_column_value(d.tls, d.stmt, 0)
	if !d.looked {
		last := sqlite3.Xsqlite3_column_value(d.tls, d.stmt, n-1)
		d.looked, d.inRow = true, last == first+uintptr(n-1)*size
	}
	if !d.inRow {
		return nil
	}
	memory := libc.GoBytes(first, int(n)*int(size))
	return unsafe.Slice((*sqlite3.Tsqlite3_value)(unsafe.Pointer(unsafe.SliceData(memory))), n)
}

// int gives a whole number, or 0 for NULL.
func (v values) int(i int) (n int64, ok bool) {
	if v == nil {
		return 0, false
	}
	m := &v[i]
	if m.Fflags&(sqlite3.MEM_Int|sqlite3.MEM_IntReal) != 0 {
		return *(*int64)(unsafe.Pointer(&m.Fu)), true
	}
	return 0, m.Fflags&sqlite3.MEM_Null != 0
}

// text gives a text, or nil for NULL.
func (v values) text(i int) (text []byte, ok bool) {
	if v == nil {
		return nil, false
	}
	m := &v[i]
	switch {
	case m.Fflags&sqlite3.MEM_Null != 0:
		return nil, true
	case m.Fflags&(sqlite3.MEM_Str|sqlite3.MEM_Zero) != sqlite3.MEM_Str || m.Fenc != sqlite3.SQLITE_UTF8:
		return nil, false
	case m.Fn <= 0 || m.Fz == 0:
		return nil, true
	}
	return libc.GoBytes(m.Fz, int(m.Fn)), true
}
