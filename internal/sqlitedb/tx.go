package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Conn is what code needs that runs SQL inside one transaction. *Tx is one; tests
// may have others.
type Conn interface {
	// Exec runs a statement without rows.
	Exec(ctx context.Context, text string, args ...any) (sql.Result, error)
	// Get reads one row into dest; no row is sql.ErrNoRows.
	Get(ctx context.Context, dest any, text string, args ...any) error
	// Select reads all rows into the slice that dest points to.
	Select(ctx context.Context, dest any, text string, args ...any) error
	// Query gives rows, which the caller closes. They end with the transaction.
	Query(ctx context.Context, text string, args ...any) (*Rows, error)
}

var (
	errOver       = errors.New("the transaction has ended")
	errRolledBack = errors.New("the database has rolled the transaction back")
)

// Tx is one transaction. It ends with the callback that it was given to: then it
// answers with an error, and so do the rows that are still open.
//
// Several goroutines of one callback may use a Tx: their statements run one after
// the other. Each Rows belongs to one goroutine at a time; any number of them may
// be open at once, also of the same text. What the goroutines write is not kept
// apart: see Whole.
//
// A context that has ended stops a call before its statement. Within it, that of a View or
// Same interrupts it; on the writer nothing does, since an interrupted statement would take the
// transaction of others with it.
type Tx struct {
	conn   *conn
	writes bool
	state  any
	job    int64

	mu    sync.Mutex
	over  error           // why nothing may run any more
	wrote bool            // something else than a SELECT was run
	undid int64           // how often a part of what was written was undone
	limit context.Context // ends a statement while it runs; nil is never
	until context.Context // of a read: its end interrupts the connection
	open  []*Rows
}

// Writes reports whether the transaction is one that writes.
func (tx *Tx) Writes() bool { return tx.writes }

// State is what Hooks.Begin gave for this transaction of the writer: the room of
// whoever collects something until the commit. On readers it is nil. All callbacks
// that share the transaction, one after the other, have the same.
func (tx *Tx) State() any { return tx.state }

// Job counts the callbacks that the writer has begun since the file was opened.
// One that finds a number one higher than its predecessor's knows that nobody else
// has written through this DB in between. On readers it is 0.
func (tx *Tx) Job() int64 { return tx.job }

// Undone counts how often a part of what this callback wrote was undone, as by Whole.
func (tx *Tx) Undone() int64 {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.undid
}

// Limited lets the end of ctx interrupt what a reader runs, until done is called;
// it is for what may take long before its first row. It costs a goroutine for each
// statement. On the writer it does nothing.
func (tx *Tx) Limited(ctx context.Context) (done func()) {
	if tx.writes {
		return func() {}
	}
	tx.setLimit(ctx)
	return func() { tx.setLimit(context.Background()) }
}

func (tx *Tx) setLimit(ctx context.Context) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.limit = ctx
}

// enter gives the statement to run, and holds the transaction until leave.
func (tx *Tx) enter(ctx context.Context, text string) (*statement, context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	tx.mu.Lock()
	st, err := tx.take(text)
	if err != nil {
		tx.mu.Unlock()
		return nil, nil, err
	}
	until := tx.limit
	if until == nil {
		until = context.Background()
	}
	return st, until, nil
}

// stands tells why nothing may run any more.
func (tx *Tx) stands() error {
	if tx.over == nil && tx.conn.lost.Load() {
		tx.over = errRolledBack
	}
	return tx.over
}

func (tx *Tx) take(text string) (*statement, error) {
	if err := tx.stands(); err != nil {
		return nil, err
	}
	tx.wrote = tx.wrote || !strings.HasPrefix(text, "SELECT")
	if strings.HasPrefix(text, "ROLLBACK TO") {
		tx.undid++
	}
	return tx.conn.take(text)
}

// leave gives the statement back.
func (tx *Tx) leave(st *statement, err *error) {
	tx.conn.cache.give(st)
	tx.look(*err)
	tx.mu.Unlock()
}

// look remembers why the transaction was lost, if err has lost it.
func (tx *Tx) look(err error) {
	if err != nil && tx.over == nil && tx.conn.lost.Load() {
		tx.over = fmt.Errorf("%w: %w", errRolledBack, err)
	}
}

// Exec runs a statement without rows.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) (_ sql.Result, err error) {
	st, until, err := tx.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	defer tx.leave(st, &err)
	return st.ExecContext(until, args...)
}

// Get reads one row into dest; no row is sql.ErrNoRows.
func (tx *Tx) Get(ctx context.Context, dest any, text string, args ...any) error {
	into, found := reflect.ValueOf(dest).Elem(), false
	err := tx.each(ctx, text, args, func(r *Rows) (bool, error) {
		found = true
		return false, r.value(into, isStruct(r.st.Mapper, into.Type()))
	})
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	return err
}

// Select reads all rows into the slice that dest points to.
func (tx *Tx) Select(ctx context.Context, dest any, text string, args ...any) error {
	list := reflect.ValueOf(dest).Elem()
	return tx.each(ctx, text, args, func(r *Rows) (bool, error) {
		n := list.Len()
		list.Grow(1)
		list.SetLen(n + 1)
		list.Index(n).SetZero()
		return true, r.value(list.Index(n), isStruct(r.st.Mapper, list.Type().Elem()))
	})
}

// each runs a statement and calls fn for its rows until it wants no more.
func (tx *Tx) each(ctx context.Context, text string, args []any, fn func(*Rows) (more bool, err error)) (err error) {
	st, until, err := tx.enter(ctx, text)
	if err != nil {
		return err
	}
	defer tx.leave(st, &err)
	rows, err := st.QueryContext(until, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := newRows(tx, st, rows)
	for more := true; more && rows.Next(); {
		if more, err = fn(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

// Query gives rows, which the caller closes. They end with the transaction.
func (tx *Tx) Query(ctx context.Context, text string, args ...any) (r *Rows, err error) {
	st, until, err := tx.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r == nil {
			tx.leave(st, &err)
			return
		}
		tx.open = append(tx.open, r)
		tx.mu.Unlock()
	}()
	rows, err := st.QueryContext(until, args...)
	if err != nil {
		return nil, err
	}
	return newRows(tx, st, rows), nil
}

// end closes the rows that are still open and refuses everything from now on, also
// from goroutines that outlive the callback. It returns the error that lost the
// transaction, nil if it stands.
func (tx *Tx) end() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	for len(tx.open) > 0 {
		_ = tx.open[len(tx.open)-1].close(errOver)
	}
	if tx.over == nil && tx.conn.lost.Load() {
		tx.over = errRolledBack
	}
	lost := tx.over
	tx.over = errOver
	return lost
}

// forget takes rows out of those that are open.
func (tx *Tx) forget(r *Rows) {
	if i := slices.Index(tx.open, r); i >= 0 {
		tx.open = slices.Delete(tx.open, i, i+1)
	}
}

// The statements of Whole. Savepoints of one name may be inside each other.
const (
	sqlWhole       = "SAVEPOINT whole"
	sqlWholeDone   = "RELEASE whole"
	sqlWholeUndone = "ROLLBACK TO whole"
)

// Whole runs fn so that it has no effect if it returns an error or panics, for a
// callback that goes on after it. Only one goroutine may write in the transaction meanwhile,
// since what others write would share the fate of fn. SQLite copies each page
// that fn changes first.
func Whole(ctx context.Context, c Conn, fn func(context.Context) error) (err error) {
	if _, err := c.Exec(ctx, sqlWhole); err != nil {
		return err
	}
	err = errUnwound
	defer func() {
		end := context.WithoutCancel(ctx)
		if err != nil {
			_, undo := c.Exec(end, sqlWholeUndone)
			err = errors.Join(err, undo)
		}
		_, done := c.Exec(end, sqlWholeDone)
		err = errors.Join(err, done)
	}()
	return fn(ctx)
}
