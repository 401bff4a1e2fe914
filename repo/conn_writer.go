package repo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"taskstore/fts"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

// The statements that end and begin transactions. They run without a context:
// cancelling one of them would leave its outcome unknown.
const (
	sqlBegin      = "BEGIN IMMEDIATE"
	sqlCommit     = "COMMIT"
	sqlRollback   = "ROLLBACK"
	sqlSavepoint  = "SAVEPOINT job"
	sqlRelease    = "RELEASE job"
	sqlRollbackTo = "ROLLBACK TO job"
)

var controlStatements = []string{sqlBegin, sqlCommit, sqlRollback, sqlSavepoint, sqlRelease, sqlRollbackTo}

// writerConn is the one connection that writes, with its prepared statements.
type writerConn struct {
	db   *sqlx.DB // a pool of this one connection
	conn *sqlx.Conn

	mu    sync.Mutex
	stmts map[string]*sqlx.Stmt

	// lost is set by SQLite itself when it rolls the transaction back, be it
	// asked to or not: after a full disk, an I/O error, an interruption or a
	// RAISE(ROLLBACK) there is no transaction any more, and the next statement
	// would be one of its own.
	lost   atomic.Bool
	broken bool // the connection must be replaced before it is used again

	triggers error // why they are not off, which costs time only

	marks map[fts.Mark]bool // what the transaction has changed and the search index does not know
}

// newWriterConn takes the connection of db and keeps it until close.
func newWriterConn(ctx context.Context, db *sqlx.DB) (*writerConn, error) {
	c := &writerConn{db: db, stmts: map[string]*sqlx.Stmt{}}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *writerConn) connect(ctx context.Context) error {
	conn, err := c.db.Connx(ctx)
	if err != nil {
		return err
	}
	c.conn = conn
	err = conn.Raw(func(dc any) error {
		hooked, ok := dc.(interface {
			RegisterRollbackHook(sqlite.RollbackHookFn)
		})
		if !ok {
			return fmt.Errorf("driver connection %T has no rollback hook", dc)
		}
		hooked.RegisterRollbackHook(func() { c.lost.Store(true) })
		c.triggers = withoutTriggers(dc)
		return nil
	})
	if err == nil {
		err = c.prepare(ctx, controlStatements...)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	return nil
}

// prepare prepares statements on the connection itself: on the pool it would
// wait for the transaction that holds the connection.
func (c *writerConn) prepare(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if _, err := c.stmt(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// stmt returns the prepared statement of that text, preparing it the first time.
func (c *writerConn) stmt(ctx context.Context, text string) (*sqlx.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.stmts[text]; st != nil {
		return st, nil
	}
	st, err := c.conn.PreparexContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	c.stmts[text] = st
	return st, nil
}

// control runs one of the control statements.
func (c *writerConn) control(text string) error {
	st, err := c.stmt(context.Background(), text)
	if err != nil {
		return err
	}
	_, err = st.Exec()
	return err
}

// begin starts a transaction that holds the write lock, replacing a connection
// that broke. It waits for the lock as long as busy_timeout says.
func (c *writerConn) begin() error {
	if c.broken {
		if err := c.reconnect(); err != nil {
			return err
		}
	}
	err := c.control(sqlBegin)
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		if err = c.reconnect(); err == nil {
			err = c.control(sqlBegin)
		}
	}
	c.lost.Store(false)
	c.broken = err != nil && !isBusy(err)
	return err
}

// commit makes the transaction durable. Where the driver does not wait for a
// lock by itself, it is tried again until busy is over. After an error the
// caller must roll back.
func (c *writerConn) commit(busy time.Duration) error {
	deadline := time.Now().Add(busy)
	for {
		err := c.control(sqlCommit)
		if err == nil || !isBusy(err) || c.lost.Load() || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// rollback ends the transaction, if there still is one, without any effect. A
// connection that cannot even do that is replaced at the next begin.
func (c *writerConn) rollback() {
	lost := c.lost.Load()
	if err := c.control(sqlRollback); err != nil && !lost {
		c.broken = true
	}
}

// reconnect throws the connection away and prepares everything on a new one.
func (c *writerConn) reconnect() error {
	ctx := context.Background()
	c.mu.Lock()
	texts := make([]string, 0, len(c.stmts))
	for text, st := range c.stmts {
		texts = append(texts, text)
		_ = st.Close() // of a connection that is given up
	}
	clear(c.stmts)
	c.mu.Unlock()
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn }) // takes it out of the pool
	c.broken = true
	if err := c.connect(ctx); err != nil {
		return err
	}
	c.broken = false
	return c.prepare(ctx, texts...)
}

// close ends the statements, the connection and its pool.
func (c *writerConn) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, st := range c.stmts {
		errs = append(errs, st.Close())
	}
	clear(c.stmts)
	if err := c.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, c.db.Close())...)
}
