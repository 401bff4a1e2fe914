package sqlitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// The statements that end and begin transactions of the writer.
const (
	sqlBegin      = "BEGIN IMMEDIATE"
	sqlCommit     = "COMMIT"
	sqlRollback   = "ROLLBACK"
	sqlSavepoint  = "SAVEPOINT job"
	sqlRelease    = "RELEASE job"
	sqlRollbackTo = "ROLLBACK TO job"
)

// writerConn is the one connection that writes.
type writerConn struct {
	*conn
	pool     *sqlx.DB
	fire     bool  // leave the triggers on
	broken   bool  // the connection must be replaced before it is used again
	triggers error // why they are not off, which costs time only
	log      Place // that it writes to, once it has begun
	followed bool  // by Litestream, as it was when the connection was made
}

// openWriterConn makes the connection. What the check finds comes before anything in
// the file is changed.
func openWriterConn(ctx context.Context, path string, opt Options) (*writerConn, error) {
	pool, err := newPool(writerSource(path, opt))
	if err != nil {
		return nil, err
	}
	c := &writerConn{pool: pool, fire: opt.Triggers}
	if err := c.connect(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if err = c.checked(ctx, opt.Check); err == nil {
		err = c.useLog(ctx)
	}
	if err == nil {
		err = c.mindFollower(ctx)
	}
	if err == nil {
		err = c.waitShortly()
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *writerConn) connect(ctx context.Context) error {
	made, err := connect(ctx, c.pool, sqlBegin, sqlCommit, sqlRollback, sqlSavepoint, sqlRelease, sqlRollbackTo)
	if err != nil {
		return err
	}
	c.conn, c.log = made, Place{}
	if c.fire {
		return nil
	}
	return c.Raw(func(dc any) error {
		c.triggers = withoutTriggers(dc)
		return nil
	})
}

// waitShortly has SQLite wait no longer for a lock than begin can bear.
func (c *writerConn) waitShortly() error {
	_, err := c.ExecContext(context.Background(), fmt.Sprintf("PRAGMA busy_timeout = %d", beginWait.Milliseconds()))
	return err
}

// useLog puts the file into the mode in which readers and the writer do not wait
// for each other. The file remembers it; only one that was copied by SQLite is in
// another.
func (c *writerConn) useLog(ctx context.Context) error {
	var mode string
	err := c.GetContext(ctx, &mode, "PRAGMA journal_mode = WAL")
	if err == nil && mode != "wal" {
		err = fmt.Errorf("journal_mode is %q: this file system cannot share a write-ahead log", mode)
	}
	return err
}

// begin starts a transaction that holds the write lock, replacing a connection
// that broke. It waits for the lock until busy has passed or nobody wants it any more.
func (c *writerConn) begin(busy time.Duration, unwanted func() bool) error {
	for end := time.Now().Add(busy); ; {
		err := c.tryBegin()
		if err == nil || !IsBusy(err) || !time.Now().Before(end) || unwanted() {
			return err
		}
	}
}

// beginWait is how long SQLite itself waits for the lock each time.
const beginWait = 100 * time.Millisecond

func (c *writerConn) tryBegin() error {
	if c.broken {
		if err := c.reconnect(); err != nil {
			return err
		}
	}
	err := c.conn.begin(sqlBegin)
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		if err = c.reconnect(); err == nil {
			err = c.conn.begin(sqlBegin)
		}
	}
	c.broken = err != nil && !IsBusy(err)
	return err
}

// commit makes the transaction durable. Where the driver does not wait for a
// lock by itself, it is tried again until busy is over. After an error the
// caller must roll back.
func (c *writerConn) commit(busy time.Duration) error {
	deadline := time.Now().Add(busy)
	for {
		err := c.run(sqlCommit)
		if err == nil || !IsBusy(err) || c.lost.Load() || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// rollback ends the transaction, if there still is one, without any effect. A
// connection that cannot even do that is replaced at the next begin.
func (c *writerConn) rollback() {
	lost := c.lost.Load()
	if err := c.run(sqlRollback); err != nil && !lost {
		c.broken = true
	}
}

// reconnect throws the connection away and makes a new one.
func (c *writerConn) reconnect() error {
	c.broken = true
	_ = c.conn.close() // it is given up
	if err := c.connect(context.Background()); err != nil {
		return err
	}
	if err := c.waitShortly(); err != nil {
		return err
	}
	if err := c.mindFollower(context.Background()); err != nil {
		return err
	}
	c.broken = false
	return nil
}

func (c *writerConn) close() error {
	return errors.Join(c.conn.close(), c.pool.Close())
}

// Maintain runs statements that cannot be in a transaction, such as VACUUM, one
// after the other on a connection of their own. Their answers are read and dropped.
func (db *DB) Maintain(ctx context.Context, texts ...string) error {
	return db.maintain(ctx, writerSource(db.path, db.opt), texts...)
}

func (db *DB) maintain(ctx context.Context, s source, texts ...string) (err error) {
	if db.Inside(ctx) {
		return ErrNested
	}
	if db.writer == nil {
		return ErrReadOnly
	}
	if err := db.enter(); err != nil {
		return err
	}
	defer db.running.Done()
	pool, err := newPool(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := db.Moved(); err != nil {
		return err // the connection is one to another file
	}
	for _, text := range texts {
		if err := runThrough(ctx, conn, text); err != nil {
			return err
		}
	}
	return nil
}

// runThrough runs a statement and reads whatever it answers.
func runThrough(ctx context.Context, conn *sql.Conn, text string) error {
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}
