package sqlitedb

import (
	"context"
	"errors"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Row is a row of Each. Columns count from 0; NULL is 0 or "" where it is asked for as
// such. It holds until the function that got it returns.
type Row struct {
	values values // where SQLite has them, or nil
	tls    *libc.TLS
	stmt   uintptr
	vals   []any // instead of stmt, from the driver
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
		n, _ := r.vals[i].(int64)
		return n
	}
	return sqlite3.Xsqlite3_column_int64(r.tls, r.stmt, int32(i))
}

// Float gives a number.
func (r *Row) Float(i int) float64 {
	if r.stmt == 0 {
		if n, ok := r.vals[i].(int64); ok {
			return float64(n)
		}
		f, _ := r.vals[i].(float64)
		return f
	}
	return sqlite3.Xsqlite3_column_double(r.tls, r.stmt, int32(i))
}

// Text gives a text of its own.
func (r *Row) Text(i int) string { return string(r.View(i)) }

// View gives a text that holds no longer than the row, and must not be written to.
func (r *Row) View(i int) []byte {
	if text, ok := r.values.text(i); ok {
		return text
	}
	if r.stmt == 0 {
		switch v := r.vals[i].(type) {
		case string:
			return []byte(v)
		case []byte:
			return v
		}
		return nil
	}
	p := sqlite3.Xsqlite3_column_text(r.tls, r.stmt, int32(i))
	n := sqlite3.Xsqlite3_column_bytes(r.tls, r.stmt, int32(i))
	if p == 0 || n <= 0 {
		return nil
	}
	return libc.GoBytes(p, int(n))
}

// Values appends the values of the row as they are stored, a text or a blob as bytes that hold no
// longer than the row and must not be written to.
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
	for i := range int(sqlite3.Xsqlite3_column_count(r.tls, r.stmt)) {
		switch sqlite3.Xsqlite3_column_type(r.tls, r.stmt, int32(i)) {
		case sqlite3.SQLITE_NULL:
			dst = append(dst, nil)
		case sqlite3.SQLITE_INTEGER:
			dst = append(dst, r.Int(i))
		case sqlite3.SQLITE_FLOAT:
			dst = append(dst, r.Float(i))
		default:
			dst = append(dst, r.View(i))
		}
	}
	return dst
}

var errByDriver = errors.New("the driver must say what is wrong")

// Each runs a SELECT and calls fn for each row, until it returns an error, which Each
// returns. While it runs nothing else can be done in the transaction, so fn must not use
// it. Between two rows the end of ctx ends it.
//
// It is Query without what that costs for each row and value: it asks SQLite itself.
// Where that cannot be, the driver is asked, and so it is where SQLite gives an
// error, so that all errors are the driver's.
func (tx *Tx) Each(ctx context.Context, text string, args []any, fn func(*Row) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.stands(); err != nil {
		return err
	}
	defer func() { tx.look(err) }()
	if tx.conn.handle == nil || tx.limit != nil && tx.limit.Done() != nil {
		return tx.eachByDriver(ctx, text, args, fn)
	}
	given := 0
	err = tx.conn.Raw(func(any) error {
		return tx.conn.each(ctx, text, args, func(r *Row) error { given++; return fn(r) })
	})
	switch {
	case err != errByDriver:
		return err
	case given == 0:
		return tx.eachByDriver(ctx, text, args, fn)
	}
	if err = tx.eachByDriver(ctx, text, args, func(*Row) error { return nil }); err == nil {
		err = errors.New("a statement failed, and did not when it was run again")
	}
	return err
}

func (tx *Tx) eachByDriver(ctx context.Context, text string, args []any, fn func(*Row) error) error {
	st, err := tx.conn.take(text)
	if err != nil {
		return err
	}
	defer tx.conn.cache.give(st)
	until := tx.limit
	if until == nil {
		until = context.Background()
	}
	rows, err := st.QueryxContext(until, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r Row
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.vals, err = rows.SliceScan(); err != nil {
			return err
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// each asks SQLite itself.
func (c *conn) each(ctx context.Context, text string, args []any, fn func(*Row) error) error {
	st, err := c.takeDirect(text)
	if err != nil {
		return err
	}
	defer c.directs.give(st)
	defer st.direct.reset(args)
	for i, arg := range args {
		if err := st.direct.bind(int32(i+1), arg); err != nil {
			return err
		}
	}
	r := Row{tls: st.direct.tls, stmt: st.direct.stmt}
	for {
		switch sqlite3.Xsqlite3_step(r.tls, r.stmt) {
		case sqlite3.SQLITE_DONE:
			return nil
		case sqlite3.SQLITE_ROW:
		default:
			return errByDriver
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.values = st.direct.row()
		if err := fn(&r); err != nil {
			return err
		}
	}
}

func (c *conn) takeDirect(text string) (*statement, error) {
	if st := c.directs.idle(text); st != nil {
		return st, nil
	}
	d, err := c.handle.prepare(text)
	if err != nil {
		return nil, err
	}
	return c.directs.add(&statement{text: text, direct: d}), nil
}

// direct is a prepared statement of SQLite's own.
type direct struct {
	tls    *libc.TLS
	stmt   uintptr
	looked bool // whether
	inRow  bool // the values of a row are one after the other
}

func (h *handle) prepare(text string) (*direct, error) {
	const pointer = 8 // bytes, at most
	t := h.tls
	sql, err := libc.CString(text)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(t, sql)
	out := libc.Xcalloc(t, 1, pointer)
	if out == 0 {
		return nil, errByDriver
	}
	defer libc.Xfree(t, out)
	rc := sqlite3.Xsqlite3_prepare_v3(t, h.db, sql, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, out, 0)
	d := &direct{tls: t, stmt: libc.AtomicLoadPUintptr(out)}
	if rc != sqlite3.SQLITE_OK || d.stmt == 0 {
		return nil, errByDriver
	}
	return d, nil
}

// sqliteTransient has SQLite copy a text that it is given.
const sqliteTransient = ^uintptr(0)

func (d *direct) bind(i int32, arg any) error {
	var rc int32
	switch v := arg.(type) {
	case int64:
		rc = sqlite3.Xsqlite3_bind_int64(d.tls, d.stmt, i, v)
	case string:
		p, err := libc.CString(v)
		if err != nil {
			return err
		}
		rc = sqlite3.Xsqlite3_bind_text(d.tls, d.stmt, i, p, int32(len(v)), sqliteTransient)
		libc.Xfree(d.tls, p)
	case nil:
		rc = sqlite3.Xsqlite3_bind_null(d.tls, d.stmt, i)
	case int:
		rc = sqlite3.Xsqlite3_bind_int64(d.tls, d.stmt, i, int64(v))
	default:
		return errByDriver
	}
	if rc != sqlite3.SQLITE_OK {
		return errByDriver
	}
	return nil
}

// reset ends the run of a statement, and lets go of the texts that it was given.
func (d *direct) reset(args []any) {
	sqlite3.Xsqlite3_reset(d.tls, d.stmt)
	for i, arg := range args {
		if _, ok := arg.(string); ok {
			sqlite3.Xsqlite3_bind_null(d.tls, d.stmt, int32(i+1))
		}
	}
}

func (d *direct) close() { sqlite3.Xsqlite3_finalize(d.tls, d.stmt) }
