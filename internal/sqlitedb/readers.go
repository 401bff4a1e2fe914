package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// How a snapshot begins and ends. There is nothing to undo, and a COMMIT does not
// call the hook of rollbacks.
const (
	sqlBeginRead = "BEGIN"
	sqlEndRead   = "COMMIT"
)

// A read waits this long for a connection while nobody gives one back, and longer
// by as much again for every few that are more than the readers, so that reads that
// only take their time do not open ever more.
const (
	patience = 5 * time.Millisecond
	few      = 4
)

// readers are the connections that read. Each is lent to one snapshot at a time and
// keeps its statements prepared.
//
// A read may be inside another one, and hold up the one that it is inside of.
// That cannot be seen from here, so no number of connections may be the last: who
// waits longer than patience without anybody's giving one back opens a further
// one. While reads come and go they share those that there are.
type readers struct {
	pool    *sqlx.DB
	log     *slog.Logger
	idle    *idleConns
	closing chan struct{} // closed: nobody waits any more
	place   *Place
	leaves  leaves

	gate atomic.Pointer[chan struct{}] // closed when new reads may begin again; nil: they may

	mu    sync.Mutex
	open  int       // connections, lent or idle
	moved time.Time // when one was given back or opened last
	since map[*Tx]time.Time
}

func newReaders(s source, opt Options) (*readers, error) {
	pool, err := newPool(s)
	if err != nil {
		return nil, err
	}
	return &readers{pool: pool, log: opt.Log, idle: newIdleConns(opt.Readers), closing: make(chan struct{}), since: map[*Tx]time.Time{}}, nil
}

// openFirst makes the first connection now, to see whether the file is as it should be.
func (r *readers) openFirst(ctx context.Context, check func(context.Context, *sql.Conn) error) error {
	r.room()
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer r.give(c)
	return c.checked(ctx, check)
}

// view runs fn on one snapshot.
func (r *readers) view(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if err := r.held(ctx); err != nil {
		return err
	}
	tx := &Tx{}
	r.begun(tx)
	defer r.ended(tx)
	c, err := r.take(ctx)
	if err != nil {
		return err
	}
	tx.conn, tx.until = c, ctx
	done := c.until(ctx)
	defer func() {
		done()
		tx.end()
		if err := c.run(sqlEndRead); err != nil { // fn knows, if it has to
			r.log.Warn("a connection that reads is given up", "error", err)
			r.drop(c)
			return
		}
		r.give(c)
	}()
	return ended(ctx, fn(ctx, tx))
}

// take gives a connection on which a snapshot has begun.
func (r *readers) take(ctx context.Context) (*conn, error) {
	for {
		c, fresh, err := r.next(ctx)
		if err != nil {
			return nil, err
		}
		if err = c.begin(sqlBeginRead); err == nil {
			return c, nil
		}
		r.drop(c)
		if fresh {
			return nil, err
		}
	}
}

// next gives an idle connection, a fresh one, or waits for one.
func (r *readers) next(ctx context.Context) (c *conn, fresh bool, err error) {
	for {
		select {
		case <-r.idle.some:
			return r.idle.pop(), false, nil
		default:
		}
		wait := r.room()
		if wait <= 0 {
			c, err = r.connect(ctx)
			return c, true, err
		}
		select {
		case <-r.idle.some:
			return r.idle.pop(), false, nil
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-r.closing:
			return nil, false, ErrClosed
		}
	}
}

// room takes the place of a connection that is to be opened, or tells how long to
// wait before asking again.
func (r *readers) room() (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if more := r.open - cap(r.idle.some); more >= 0 {
		wait = patience*time.Duration(1+more/few) - time.Since(r.moved)
	}
	if wait > 0 {
		return wait
	}
	r.open++
	r.moved = time.Now()
	return 0
}

// connect opens a connection, whose place is taken already.
func (r *readers) connect(ctx context.Context) (*conn, error) {
	c, err := connect(ctx, r.pool, sqlBeginRead, sqlEndRead)
	if moved := r.place.Moved(); moved != nil {
		if err == nil {
			err = c.close()
		}
		c, err = nil, errors.Join(moved, err)
	}
	if err != nil {
		r.left()
	}
	return c, err
}

// give takes a connection back, and keeps it if those that are to be kept are not
// idle already.
func (r *readers) give(c *conn) {
	r.mu.Lock()
	r.moved = time.Now()
	r.mu.Unlock()
	if !r.idle.push(c) {
		r.drop(c)
	}
}

func (r *readers) drop(c *conn) {
	r.leaves.apply(c)
	if err := c.close(); err != nil {
		r.log.Warn("a connection that reads was not closed well", "error", err)
	}
	r.left()
}

func (r *readers) left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
}

// close closes the connections, all of which must be idle.
func (r *readers) close() error {
	for {
		select {
		case <-r.idle.some:
			r.drop(r.idle.pop())
		default:
			return r.pool.Close()
		}
	}
}
