package sqlitedb

import (
	"context"
	"errors"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

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
	case tx.until != nil && tx.until.Err() != nil: // it was interrupted
		return tx.until.Err()
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
	if r.names, err = rows.Columns(); err != nil {
		return err
	}
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.vals, err = rows.SliceScan(); err != nil {
			return err
		}
		if err := r.after(text, fn(&r)); err != nil {
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
		if err := r.after(text, fn(&r)); err != nil {
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
