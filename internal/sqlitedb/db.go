// Package sqlitedb uses one SQLite file well: a single writer that gathers what
// many goroutines want written into one transaction and one wait for the disk, and
// readers that each see one snapshot. It knows SQL and nothing of what is stored.
//
// A DB promises: a write that was acknowledged is durable, one that failed has no
// effect, and one that fails takes no other with it that could be kept. A read is
// never in the way of a write, nor a write of a read. Each text is prepared once
// for each connection; a statement that has open rows is never run a second time
// nor closed. Any number of goroutines may use a DB, reads may be nested as deep
// as one likes, and Close waits for what runs and refuses the rest. What is misused
// answers with an error: a transaction that has ended, a DB inside its own
// transaction, a DB that was closed.
//
// It leaves to others what the tables are, whether the file is of a version that
// they understand (see Options.Check), and which processes may open it.
package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"
)

const (
	defaultBusy    = 5 * time.Second
	defaultReaders = 4
)

// Options says how to open a file. The zero value opens it for writing, durably.
type Options struct {
	// ReadOnly opens the file for reading: Do and Update are ErrReadOnly.
	ReadOnly bool
	// URI has parameters for a file that is opened read-only, such as mode=ro,
	// immutable=1 or readonly_shm=1. Without a mode SQLite may make and remove the
	// -wal and -shm files.
	URI url.Values
	// Copy says that the file is a copy which is thrown away: what runs in a View
	// may write to it.
	Copy bool
	// Durability of writes.
	Durability Durability
	// Readers is how many connections that read are kept open; 0 means four. More
	// reads at once wait for one of them, but not for ever: when none was given back
	// for a few milliseconds, as when all of them wait for a read inside
	// themselves, a further one is opened, and closed after its use.
	Readers int
	// Busy is how long to wait for a lock that another program holds; 0 means five
	// seconds.
	Busy time.Duration
	// Triggers leaves the triggers of the file on for the writer. They are there for the
	// writes of other programs, and off otherwise, which saves SQLite a copy of each page
	// that a statement changes; where the driver lets nobody turn them off they stay on too.
	Triggers bool
	// Log is told what goes wrong without being anybody's error; nil is silent.
	Log *slog.Logger
	// Check looks at the file on the first connection, before anything in it is
	// changed. Its error is that of Open.
	Check func(context.Context, *sql.Conn) error
	// Hooks run around every transaction of the writer.
	Hooks Hooks
	// logMost is how large the log may grow; 0 means logMost.
	logMost int64
	// lookFollowers is how often is looked whether Litestream follows the file; 0 means lookFollowers.
	lookFollowers time.Duration
	// Closed runs once the last connection is closed by Close, which returns its
	// error. When Open fails it does not run.
	Closed func() error
}

// Hooks are run around every transaction of the writer, which may be that of many
// calls. An error of End undoes all of them.
type Hooks struct {
	// Begin gives what Tx.State is for everybody in the transaction.
	Begin func() any
	// End runs before the commit.
	End func(context.Context, *Tx) error
}

// DB is an open file.
type DB struct {
	path    string
	opt     Options
	writer  *writer // nil: read-only
	readers *readers
	log     *logKeeper // nil: read-only
	place   Place

	mu      sync.Mutex // of over, and of running.Add before running.Wait
	over    bool
	running sync.WaitGroup // what uses connections besides the writer

	once   sync.Once
	closed chan struct{} // closed once err is known
	err    error
}

// Open opens the file at path, which must be there.
func Open(ctx context.Context, path string, opt Options) (db *DB, err error) {
	Prepare(opt.Log)
	if opt.Busy <= 0 {
		opt.Busy = defaultBusy
	}
	if opt.Readers <= 0 {
		opt.Readers = defaultReaders
	}
	if opt.logMost <= 0 {
		opt.logMost = logMost
	}
	if opt.lookFollowers <= 0 {
		opt.lookFollowers = lookFollowers
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	db = &DB{path: path, opt: opt, closed: make(chan struct{})}
	if db.readers, err = newReaders(readerSource(path, opt), opt); err != nil {
		return nil, err
	}
	db.place, _ = PlaceOf(path) // what is not there cannot be opened
	db.readers.place = &db.place
	if opt.ReadOnly {
		err = db.readers.openFirst(ctx, opt.Check)
	} else {
		db.writer, err = openWriter(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.readers.close())
	}
	if !opt.ReadOnly {
		db.log = newLogKeeper(db)
		db.writer.committed = db.log.committed
		go db.writer.loop()
	}
	return db, nil
}

// View runs fn on one snapshot: all that it reads was true at one moment. The Tx
// is for reading only. A View inside a transaction of db, as the context knows, is
// ErrNested; one inside a View whose context is not passed on sees a snapshot of
// its own.
func (db *DB) View(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if db.Inside(ctx) {
		return ErrNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := db.enter(); err != nil {
		return err
	}
	defer db.running.Done()
	return db.readers.view(inside(ctx, db), fn)
}

// Do runs fn on the goroutine of the writer and returns when its effect is
// durable, or with an error when it has none. Until fn has begun the wait ends
// with ctx; afterwards fn runs to its end, with a context that does not end. If
// others destroy the transaction that it was in, fn is run again: it must set what
// it leaves behind in Go anew each time. A panic in fn comes out of Do.
func (db *DB) Do(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return db.write(ctx, fn, false)
}

// Update runs fn on the goroutine of the caller, while the writer waits, and
// returns when its effect is durable, or with an error when it has none. An
// error, a panic and runtime.Goexit in fn undo it. The context that fn gets still
// ends with ctx: the next statement then fails. fn runs once at most; if others
// destroy its transaction after it has ended, Update returns their error.
// Everybody who writes waits for fn, so it must not wait for another writer.
func (db *DB) Update(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return db.write(ctx, fn, true)
}

func (db *DB) write(ctx context.Context, fn func(context.Context, *Tx) error, callers bool) error {
	if db.Inside(ctx) {
		return ErrNested
	}
	if db.writer == nil {
		return ErrReadOnly
	}
	return db.writer.submit(ctx, fn, callers)
}

// enter counts the caller as running until he calls running.Done.
func (db *DB) enter() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.over {
		return ErrClosed
	}
	db.running.Add(1)
	return nil
}

// Close refuses new work with ErrClosed, waits for what runs or is queued, and
// closes the connections. When ctx ends before that, Close returns its error and
// the rest is done as soon as it can be; Close may be called again to wait for
// it. Inside a transaction of db it is ErrNested.
func (db *DB) Close(ctx context.Context) error {
	if db.Inside(ctx) {
		return ErrNested
	}
	db.once.Do(func() {
		db.mu.Lock()
		db.over = true
		db.mu.Unlock()
		close(db.readers.closing)
		go db.shut()
	})
	select {
	case <-db.closed:
		return db.err
	case <-ctx.Done():
		return fmt.Errorf("wait for what is still running: %w", ctx.Err())
	}
}

// shut ends what is there, in this order: the writer, the reads, the connections.
func (db *DB) shut() {
	defer close(db.closed)
	var errs []error
	if db.Moved() != nil {
		db.readers.leaves.Store(true)
		if db.writer != nil {
			db.writer.leaves.Store(true)
		}
	}
	if db.writer != nil {
		errs = append(errs, db.writer.close())
		db.log.close()
	}
	db.running.Wait()
	errs = append(errs, db.readers.close())
	if db.opt.Closed != nil {
		errs = append(errs, db.opt.Closed())
	}
	db.err = errors.Join(errs...)
}

type insideKey struct{}

// mark is one transaction that a context is inside of; those of different DBs may
// be inside each other.
type mark struct {
	db    *DB
	outer *mark
}

// inside returns a context that knows it is inside a transaction of db.
func inside(ctx context.Context, db *DB) context.Context {
	outer, _ := ctx.Value(insideKey{}).(*mark)
	return context.WithValue(ctx, insideKey{}, &mark{db: db, outer: outer})
}

// Inside reports whether ctx is that of a callback of db.
func (db *DB) Inside(ctx context.Context) bool {
	m, _ := ctx.Value(insideKey{}).(*mark)
	for ; m != nil; m = m.outer {
		if m.db == db {
			return true
		}
	}
	return false
}
