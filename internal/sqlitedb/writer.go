package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

const (
	writerQueue = 4096 // jobs that wait; more of them wait at the door
	writerBatch = 256  // jobs that share one transaction and one wait for the disk
)

// writer owns the one connection that writes. Its goroutine takes the jobs that
// wait, at most writerBatch, and runs them in one transaction, so that they share
// the wait for the disk; one that fails has no effect, and the others have theirs.
// Nobody is answered before that transaction is durable. There is no timer: a
// lone job is committed at once, and while it is, the next batch gathers.
type writer struct {
	db      *DB
	conn    *writerConn
	queue   chan *job
	closing chan struct{} // closed by close: finish what is queued
	stopped chan struct{} // closed by the goroutine: nothing runs any more

	leaves    leaves
	committed func()      // is told of each commit
	beginning atomic.Bool // it waits for the lock of the file

	// Of the goroutine only.
	pending []*job // go before the queue: jobs of a batch that was undone
	batch   []*job // being run
	current *job   // of batch, being run
	state   any    // what Hooks.Begin gave for batch
	ran     int64  // how many jobs were begun so far
}

// openWriter opens the connection of db that writes. The goroutine is started by Open.
func openWriter(ctx context.Context, db *DB) (*writer, error) {
	conn, err := openWriterConn(ctx, db.path, db.opt)
	if err != nil {
		return nil, err
	}
	return &writer{
		db: db, conn: conn,
		queue:   make(chan *job, writerQueue),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
	}, nil
}

// close runs what is queued, answers ErrClosed to what comes later, and closes
// the connection.
func (w *writer) close() error {
	close(w.closing)
	<-w.stopped
	w.leaves.apply(w.conn.conn)
	return w.conn.close()
}

// submit queues fn, to be run on the goroutine of the caller or of the writer.
func (w *writer) submit(ctx context.Context, fn func(context.Context, *Tx) error, callers bool) error {
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := newJob(inside(ctx, w.db), fn, callers)
	select {
	case w.queue <- j:
		return w.wait(ctx, j)
	case <-w.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) newTx() *Tx {
	return &Tx{conn: w.conn.conn, writes: true, state: w.state, job: w.ran}
}

// begin makes what the jobs of the batch share.
func (w *writer) begin() error {
	w.state = nil
	begin := w.db.opt.Hooks.Begin
	if begin == nil {
		return nil
	}
	return w.hook(func(context.Context, *Tx) error {
		w.state = begin()
		return nil
	})
}

// end runs what comes before the commit.
func (w *writer) end() error {
	if w.db.opt.Hooks.End == nil {
		return nil
	}
	return w.hook(w.db.opt.Hooks.End)
}

func (w *writer) hook(fn func(context.Context, *Tx) error) error {
	tx := w.newTx()
	err := guard(inside(context.Background(), w.db), fn, tx)
	if lost := tx.end(); err == nil {
		err = lost
	}
	if err != nil {
		return fmt.Errorf("around the batch: %w", err)
	}
	return nil
}

// wait returns the answer to j, running its callback when it is its turn.
func (w *writer) wait(ctx context.Context, j *job) error {
	given, stopped := ctx.Done(), w.stopped
	for {
		select {
		case tx := <-j.turn:
			j.take(tx)
		case err := <-j.done:
			if p, ok := err.(*jobPanic); ok { // not errors.As: a hook's panic is no panic of the caller
				panic(p)
			}
			return err
		case <-given:
			if j.leave() {
				return w.gaveUp(ctx)
			}
			given = nil // it has begun: wait for its end
		case <-stopped:
			if j.leave() { // queued after the last batch
				return ErrClosed
			}
			stopped = nil
		}
	}
}

// gaveUp is the error for who did not want to wait any longer, and says for what that was.
func (w *writer) gaveUp(ctx context.Context) error {
	if w.beginning.Load() && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrLocked, ctx.Err())
	}
	return ctx.Err()
}

// unwanted tells whether nobody waits for the batch any more.
func (w *writer) unwanted() bool {
	return !slices.ContainsFunc(w.batch, func(j *job) bool { return j.state.Load() != jobLeft })
}

// job is one write, from the queue to its answer.
type job struct {
	ctx     context.Context // what fn gets
	fn      func(context.Context, *Tx) error
	callers bool // fn runs on the goroutine of the caller
	alone   bool // its batch was undone once; now it has one of its own
	again   bool // it was run without a savepoint once; now it has one
	queued  time.Time
	state   atomic.Int32
	turn    chan *Tx   // to the caller: run fn with this
	back    chan error // from the caller: fn has ended
	done    chan error // to the caller: the answer
	err     error      // of fn, until the batch is durable
}

// States of a job. Whoever leaves jobWaiting first, the writer or the caller
// whose context has ended, decides whether it runs.
const (
	jobWaiting = iota
	jobBegun
	jobLeft
)

var errUnwound = errors.New("the callback did not return")

func newJob(ctx context.Context, fn func(context.Context, *Tx) error, callers bool) *job {
	j := &job{ctx: ctx, fn: fn, callers: callers, queued: time.Now(), done: make(chan error, 1)}
	if callers {
		j.turn, j.back = make(chan *Tx, 1), make(chan error, 1)
	} else {
		j.ctx = context.WithoutCancel(ctx)
	}
	return j
}

// claim reports whether the job is to be run, and keeps its caller waiting.
func (j *job) claim() bool {
	return j.alone || j.again || j.state.CompareAndSwap(jobWaiting, jobBegun)
}

// leave reports whether the caller may go because the job will not be run.
func (j *job) leave() bool {
	return j.state.CompareAndSwap(jobWaiting, jobLeft)
}

func (j *job) answer(err error) { j.done <- err }

// take runs the callback on the goroutine of the caller. If it panics or ends
// its goroutine, the writer learns it and has undone it before that goes on.
func (j *job) take(tx *Tx) {
	err := errUnwound
	defer func() {
		j.back <- err
		if err == errUnwound {
			<-j.done
		}
	}()
	if err = j.ctx.Err(); err == nil {
		err = errUnwound
		err = j.fn(j.ctx, tx)
	}
}

// run runs fn wherever it belongs and returns its error.
func (j *job) run(tx *Tx) error {
	if !j.callers {
		return guard(j.ctx, j.fn, tx)
	}
	j.turn <- tx
	return <-j.back
}

// jobPanic is a panic on its way from the writer's goroutine to the caller.
type jobPanic struct {
	value any
	stack []byte
}

func (p *jobPanic) Error() string {
	return fmt.Sprintf("panic: %v\n\n%s", p.value, p.stack)
}

// guard calls fn and turns a panic into an error.
func guard(ctx context.Context, fn func(context.Context, *Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &jobPanic{value: v, stack: debug.Stack()}
		}
	}()
	return fn(ctx, tx)
}
