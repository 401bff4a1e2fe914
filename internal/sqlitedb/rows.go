package sqlitedb

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"

	"github.com/jmoiron/sqlx/reflectx"
)

// Rows are what a query gives, and know when they end: after the last row, with Close, and
// at the latest with their transaction. If they were not at their end then, their methods
// answer with an error.
//
// Each method holds the transaction, for *sql.Rows are not made to be closed by
// another goroutine than the one that reads them.
type Rows struct {
	tx    *Tx
	rows  *sql.Rows
	st    *statement // nil: they have ended
	why   error      // that they have
	text  string
	names []string // of the columns, when they are needed first

	vals   []raw // of the row
	into   []any // pointers to vals
	typ    reflect.Type
	fields [][]int // of typ, where the columns go
}

func newRows(tx *Tx, st *statement, rows *sql.Rows) *Rows {
	return &Rows{tx: tx, st: st, rows: rows, text: st.text}
}

// Next goes to the next row, and reports false when there is none, or an error.
func (r *Rows) Next() bool {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	return r.next()
}

func (r *Rows) next() bool {
	if r.st == nil {
		return false
	}
	if r.rows.Next() {
		return true
	}
	_ = r.close(nil) // Err has what there is to say
	return false
}

// read takes the values of the row from the driver.
func (r *Rows) read() error {
	if r.why != nil {
		return r.why
	}
	if err := r.columns(); err != nil {
		return err
	}
	return r.rows.Scan(r.into...)
}

func (r *Rows) columns() (err error) {
	if r.names != nil {
		return nil
	}
	if r.names, err = r.rows.Columns(); err != nil {
		return err
	}
	r.vals, r.into = make([]raw, len(r.names)), make([]any, len(r.names))
	for i := range r.vals {
		r.into[i] = &r.vals[i]
	}
	return nil
}

// set puts one value of the row into dest.
func (r *Rows) set(i int, dest any) error {
	err := assign(dest, r.vals[i].v)
	if err == nil {
		return nil
	}
	return located(err, r.text, i, r.names, func(i int) any { return r.vals[i].v })
}

// Scan reads the row into dest, one for each column. A value of another type than that of
// dest is a ValueError.
func (r *Rows) Scan(dest ...any) error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if err := r.read(); err != nil {
		return err
	}
	if len(dest) != len(r.vals) {
		return fmt.Errorf("%d values of a row are to go into %d places", len(r.vals), len(dest))
	}
	for i := range dest {
		if err := r.set(i, dest[i]); err != nil {
			return err
		}
	}
	return nil
}

// StructScan reads the row into the struct that dest points to, by the names of the
// columns. A value of another type than that of its field is a ValueError.
func (r *Rows) StructScan(dest any) error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if err := r.read(); err != nil {
		return err
	}
	return r.setFields(reflect.ValueOf(dest).Elem())
}

func (r *Rows) setFields(v reflect.Value) error {
	if r.typ != v.Type() {
		if r.st == nil {
			return errOver
		}
		r.typ, r.fields = v.Type(), r.st.Mapper.TraversalsByName(v.Type(), r.names)
	}
	for i, path := range r.fields {
		if len(path) == 0 {
			return fmt.Errorf("a row has a column %s, for which %v has no field", r.names[i], r.typ)
		}
		if err := r.set(i, reflectx.FieldByIndexes(v, path).Addr().Interface()); err != nil {
			return err
		}
	}
	return nil
}

// value reads the row into v: into its fields, or as its only value.
func (r *Rows) value(v reflect.Value, fields bool) error {
	if err := r.read(); err != nil {
		return err
	}
	if fields {
		return r.setFields(v)
	}
	if len(r.vals) != 1 {
		return fmt.Errorf("%d values of a row are to go into one %v", len(r.vals), v.Type())
	}
	return r.set(0, v.Addr().Interface())
}

// SliceScan gives the row as the driver has it.
func (r *Rows) SliceScan() ([]any, error) {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if err := r.read(); err != nil {
		return nil, err
	}
	vals := make([]any, len(r.vals))
	for i := range vals {
		vals[i] = r.vals[i].v
	}
	return vals, nil
}

// Columns gives the names of the columns.
func (r *Rows) Columns() ([]string, error) {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.why != nil {
		return nil, r.why
	}
	return r.rows.Columns()
}

// Err is the error that ended the rows early, nil if they were all read or closed.
func (r *Rows) Err() error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.why != nil {
		return r.why
	}
	return r.rows.Err()
}

// Close ends the rows. It may be called again.
func (r *Rows) Close() error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	return r.close(nil)
}

// close ends the rows for a reason, while the transaction is held. Their statement
// can then be run again.
func (r *Rows) close(why error) error {
	if r.st == nil {
		return nil
	}
	err := r.rows.Close()
	r.tx.conn.cache.give(r.st)
	r.tx.forget(r)
	r.tx.look(r.rows.Err())
	r.st, r.why = nil, why
	return err
}

// Keyset goes through something in pages, each of what comes after the last key of the one
// before: page reads the one after a key and gives its last key; more is false at the end.
//
// Where the pages of the file are damaged, what SQLite finds after a key can stand before it,
// and such a loop would never end: a key that does not come after the one before is
// ErrCorrupt. compare is that of the order; what names what is gone through.
func Keyset[K any](ctx context.Context, what string, first K, compare func(a, b K) int, page func(after K) (last K, more bool, err error)) error {
	for after := first; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		last, more, err := page(after)
		if err != nil || !more {
			return err
		}
		if compare(last, after) <= 0 {
			return fmt.Errorf("%w: %s, in its order, goes back from %v to %v", ErrCorrupt, what, after, last)
		}
		after = last
	}
}
