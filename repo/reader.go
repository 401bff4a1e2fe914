package repo

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"
)

// readers are the connections that read. Each keeps its statements prepared and
// is lent to one snapshot at a time.
type readers struct {
	db   *sqlx.DB
	free chan *readConn
	mu   sync.Mutex
	left int // connections that may still be made
	over bool
	all  []*readConn
}

// readConn is one connection that reads; it is the execer of a snapshot.
type readConn struct {
	conn  *sqlx.Conn
	stmts map[string]*sqlx.Stmt
	limit context.Context // ends a statement while it runs; nil is never
}

func newReaders(db *sqlx.DB, size int) *readers {
	if size <= 0 {
		size = defaultReaders
	}
	return &readers{db: db, free: make(chan *readConn, size), left: size}
}

// view runs fn on one snapshot of the store: everything that fn reads was true
// at one moment.
func (r *readers) view(ctx context.Context, fn func(execer) error) (err error) {
	c, err := r.take(ctx)
	if err != nil {
		return err
	}
	defer func() { r.free <- c }()
	if _, err := c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if _, e := c.exec(context.WithoutCancel(ctx), "ROLLBACK"); e != nil && err == nil {
			err = e
		}
	}()
	return fn(c)
}

// take gives a free connection, a new one, or waits for one.
func (r *readers) take(ctx context.Context) (*readConn, error) {
	r.mu.Lock()
	if r.over {
		r.mu.Unlock()
		return nil, ErrClosed
	}
	select {
	case c := <-r.free:
		r.mu.Unlock()
		return c, nil
	default:
	}
	more := r.left > 0
	if more {
		r.left--
	}
	r.mu.Unlock()
	if more {
		return r.connect(ctx)
	}
	select {
	case c := <-r.free:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *readers) connect(ctx context.Context) (*readConn, error) {
	conn, err := r.db.Connx(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.left++
		if errors.Is(err, sql.ErrConnDone) {
			err = ErrClosed
		}
		return nil, err
	}
	c := &readConn{conn: conn, stmts: map[string]*sqlx.Stmt{}}
	r.all = append(r.all, c)
	return c, nil
}

func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	var errs []error
	for _, c := range r.all {
		for _, st := range c.stmts {
			errs = append(errs, st.Close())
		}
		if err := c.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
			errs = append(errs, err)
		}
	}
	r.all = nil
	return errors.Join(append(errs, r.db.Close())...)
}

// maxStatements bounds what a connection keeps prepared: filters combine into
// many texts.
const maxStatements = 512

// stmt prepares without the caller's context, whose end would otherwise cost
// the connection.
func (c *readConn) stmt(text string) (*sqlx.Stmt, error) {
	if st := c.stmts[text]; st != nil {
		return st, nil
	}
	if len(c.stmts) >= maxStatements {
		for old, st := range c.stmts {
			delete(c.stmts, old)
			if err := st.Close(); err != nil {
				return nil, err
			}
		}
	}
	st, err := c.conn.PreparexContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = st
	return st, nil
}

func (c *readConn) enter(ctx context.Context, text string) (*sqlx.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.stmt(text)
}

// The statements run without the context, which would cost a goroutine for each;
// long reads look at it between rows. What may take long before its first row
// runs within limited.

// limited lets the end of ctx interrupt what x runs until done is called. On the
// writer it does nothing: an interrupted statement takes the transaction of others
// with it.
func limited(ctx context.Context, x execer) (done func()) {
	c, ok := x.(*readConn)
	if !ok {
		return func() {}
	}
	c.limit = ctx
	return func() { c.limit = nil }
}

func (c *readConn) until() context.Context {
	if c.limit != nil {
		return c.limit
	}
	return context.Background()
}

func (c *readConn) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	st, err := c.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(c.until(), args...)
}

func (c *readConn) get(ctx context.Context, dest any, text string, args ...any) error {
	st, err := c.enter(ctx, text)
	if err != nil {
		return err
	}
	return st.GetContext(c.until(), dest, args...)
}

func (c *readConn) sel(ctx context.Context, dest any, text string, args ...any) error {
	st, err := c.enter(ctx, text)
	if err != nil {
		return err
	}
	return st.SelectContext(c.until(), dest, args...)
}

func (c *readConn) query(ctx context.Context, text string, args ...any) (*sqlx.Rows, error) {
	st, err := c.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.QueryxContext(c.until(), args...)
}
