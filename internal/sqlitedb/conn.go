package sqlitedb

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"taskstore/internal/durable"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one connection, with its prepared statements. It is used by one
// transaction at a time.
type conn struct {
	*sqlx.Conn
	control map[string]*sqlx.Stmt // begins and ends transactions
	cache   statements
	directs statements // of Tx.Each

	handle *handle // nil where the driver does not show it
	mutex  uintptr // of the handle, while it is taken away

	// lost is set by SQLite itself when it rolls the transaction back, be it
	// asked to or not: after a full disk, an I/O error, an interruption or a
	// RAISE(ROLLBACK) there is no transaction any more, and the next statement
	// would be one of its own.
	lost atomic.Bool
}

// connect makes a connection that can run the control statements.
func connect(ctx context.Context, pool *sqlx.DB, control ...string) (*conn, error) {
	made, err := pool.Connx(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: made, control: map[string]*sqlx.Stmt{}, cache: newStatements(), directs: newStatements()}
	err = c.Raw(func(dc any) error {
		hooked, ok := dc.(interface {
			RegisterRollbackHook(sqlite.RollbackHookFn)
		})
		if !ok {
			return fmt.Errorf("driver connection %T has no rollback hook", dc)
		}
		hooked.RegisterRollbackHook(func() { c.lost.Store(true) })
		if h, err := handleOf(dc); err == nil {
			c.handle, c.mutex = &h, h.setMutex(0)
		}
		return nil
	})
	for i := 0; err == nil && i < len(control); i++ {
		var st *sqlx.Stmt
		if st, err = c.PreparexContext(ctx, control[i]); err == nil {
			c.control[control[i]] = st
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// checked has check look at the file on the connection. If it finds something that should not
// be, the connection ends without writing the log into the file, which the last one does
// otherwise: a log that somebody has put beside the file would destroy it.
func (c *conn) checked(ctx context.Context, check func(context.Context, *sql.Conn) error) error {
	if check == nil {
		return nil
	}
	keep := func(log int32) error {
		if c.handle == nil {
			return nil
		}
		return c.handle.config(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log)
	}
	if err := keep(1); err != nil {
		return err
	}
	if err := check(ctx, c.Conn.Conn); err != nil {
		return err
	}
	return keep(0)
}

// run runs one of the control statements, without a context: cancelling one of
// them would leave its outcome unknown.
func (c *conn) run(text string) error {
	_, err := c.control[text].Exec()
	return err
}

// begin starts a transaction.
func (c *conn) begin(text string) error {
	err := c.run(text)
	c.lost.Store(false)
	return err
}

// take gives the statement of that text, which nobody else runs until it is given
// back. It is prepared without the context of whoever wants it, whose end would
// cost the connection.
func (c *conn) take(text string) (*statement, error) {
	if st := c.cache.idle(text); st != nil {
		return st, nil
	}
	made, err := c.PreparexContext(context.Background(), text)
	if err != nil {
		return nil, unprepared(err)
	}
	return c.cache.add(&statement{Stmt: made, text: text}), nil
}

// close ends the connection. There must be no open rows. Statements whose
// connection is gone already must not be touched: their memory went with it.
func (c *conn) close() error {
	if c.gone() {
		return nil
	}
	c.cache.clear()
	c.directs.clear()
	for _, st := range c.control {
		_ = st.Close()
	}
	if c.handle != nil {
		c.handle.setMutex(c.mutex)
	}
	return c.Close()
}

// cause adds to an error of reading or writing what makes it a full disk: SQLite knows of no
// quota.
func (c *conn) cause(err error) error {
	code, ok := driverCode(err)
	if !ok || code&0xff != sqlite3.SQLITE_IOERR || c.handle == nil || c.gone() {
		return err
	}
	if said := c.handle.systemError(); durable.IsFull(said) {
		return fmt.Errorf("%w: %w", said, err)
	}
	return err
}

// gone reports whether database/sql has closed the connection.
func (c *conn) gone() bool {
	return errors.Is(c.Raw(func(any) error { return nil }), sql.ErrConnDone)
}

// maxStatements bounds what a connection keeps prepared: filters combine into many
// texts.
const maxStatements = 512

// statement is a prepared statement, maybe one that is kept for the next time.
type statement struct {
	*sqlx.Stmt
	direct *direct // instead of Stmt
	text   string
	busy   bool          // it is being run, or has open rows
	kept   *list.Element // nil: it is closed after its use
}

func (st *statement) close() {
	if st.direct != nil {
		st.direct.close()
		return
	}
	_ = st.Close()
}

// statements are those that a connection keeps, each text once. It is bounded, and
// what is busy is neither given twice nor closed. The error of closing one is that
// of its last run, which is known.
type statements struct {
	byText map[string]*statement
	recent *list.List // of *statement, the latest used first
}

func newStatements() statements {
	return statements{byText: map[string]*statement{}, recent: list.New()}
}

// idle gives the statement that is kept, and makes it busy; nil if there is none,
// or if it is busy already.
func (s *statements) idle(text string) *statement {
	st := s.byText[text]
	if st == nil || st.busy {
		return nil
	}
	st.busy = true
	s.recent.MoveToFront(st.kept)
	return st
}

// add makes a new statement busy, and keeps it if its text is not kept yet and
// there is room.
func (s *statements) add(st *statement) *statement {
	st.busy = true
	if s.byText[st.text] == nil && s.room() {
		s.byText[st.text], st.kept = st, s.recent.PushFront(st)
	}
	return st
}

// room drops the idle statement that was not used for longest if it must, and
// reports whether one more can be kept.
func (s *statements) room() bool {
	if len(s.byText) < maxStatements {
		return true
	}
	for e := s.recent.Back(); e != nil; e = e.Prev() {
		if st := e.Value.(*statement); !st.busy {
			s.drop(st)
			return true
		}
	}
	return false
}

// give takes a statement back that has no open rows any more.
func (s *statements) give(st *statement) {
	st.busy = false
	if st.kept == nil {
		st.close()
	}
}

func (s *statements) drop(st *statement) {
	delete(s.byText, st.text)
	s.recent.Remove(st.kept)
	st.close()
}

func (s *statements) clear() {
	for _, st := range s.byText {
		s.drop(st)
	}
}
