package sqlitedb

import (
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// Rows are what a query gives, as *sqlx.Rows are, and know when they end: after the
// last row, with Close, and at the latest with their transaction. If they were not
// at their end then, their methods answer with an error.
//
// Each method holds the transaction, for *sql.Rows are not made to be closed by
// another goroutine than the one that reads them.
type Rows struct {
	tx   *Tx
	rows sqlx.Rows
	st   *statement // nil: they have ended
	why  error      // that they have
}

func newRows(tx *Tx, st *statement, rows *sql.Rows) *Rows {
	return &Rows{tx: tx, st: st, rows: sqlx.Rows{Rows: rows, Mapper: st.Mapper}}
}

// Next goes to the next row, and reports false when there is none, or an error.
func (r *Rows) Next() bool {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.st == nil {
		return false
	}
	if r.rows.Next() {
		return true
	}
	_ = r.close(nil) // Err has what there is to say
	return false
}

// Scan reads the row into dest, one for each column.
func (r *Rows) Scan(dest ...any) error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.why != nil {
		return r.why
	}
	return r.rows.Scan(dest...)
}

// StructScan reads the row into the struct that dest points to, by the names of the
// columns.
func (r *Rows) StructScan(dest any) error {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.why != nil {
		return r.why
	}
	return r.rows.StructScan(dest)
}

// SliceScan gives the row as the driver has it.
func (r *Rows) SliceScan() ([]any, error) {
	r.tx.mu.Lock()
	defer r.tx.mu.Unlock()
	if r.why != nil {
		return nil, r.why
	}
	return r.rows.SliceScan()
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
