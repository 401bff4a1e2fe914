package repo

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	writerQueue = 4096 // jobs that wait; more of them wait at the door
	writerBatch = 256  // jobs that share one transaction and one wait for the disk
)

// writerHooks are run inside every transaction that the writer makes: begin
// before the first job, end after the last one. An error undoes the batch.
type writerHooks struct {
	begin func(context.Context, execer) error
	end   func(context.Context, execer) error
}

// writer owns the one connection that writes. Its goroutine takes the jobs that
// wait, at most writerBatch, and runs them in one transaction, so that they share
// the wait for the disk; one that fails has no effect, and the others have theirs.
// Nobody is answered before that transaction is durable. There is no timer: a
// lone job is committed at once, and while it is, the next batch gathers.
//
// A nil writer is that of a read-only store: it answers ErrReadOnly.
type writer struct {
	conn    *writerConn
	hooks   writerHooks
	busy    time.Duration
	queue   chan *job
	closing chan struct{} // closed by close: finish what is queued
	stopped chan struct{} // closed by the goroutine: nothing runs any more
	once    sync.Once

	// Of the goroutine only.
	pending []*job // go before the queue: jobs of a batch that was undone
	batch   []*job // being run
	current *job   // of batch, being run
	ran     int64  // how many jobs were begun so far
}

// newWriter takes over db, a pool of one connection, and starts the goroutine.
func newWriter(ctx context.Context, db *sqlx.DB, busy time.Duration, hooks writerHooks) (*writer, error) {
	conn, err := newWriterConn(ctx, db)
	if err != nil {
		return nil, err
	}
	if busy <= 0 {
		busy = defaultBusy
	}
	w := &writer{
		conn: conn, hooks: hooks, busy: busy,
		queue:   make(chan *job, writerQueue),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// close runs what is queued, answers ErrClosed to what comes later, and closes
// the connection. It must not be called from inside a job.
func (w *writer) close() error {
	if w == nil {
		return nil
	}
	var err error
	w.once.Do(func() {
		close(w.closing)
		<-w.stopped
		err = w.conn.close()
	})
	return err
}

// do runs fn on the writer's goroutine and returns when its effect is durable,
// or with an error when it has none. Until fn has begun the wait ends with ctx;
// afterwards fn runs to its end, with a context that does not end. If others
// destroy the batch that it was in, fn is run again: it must set what it
// leaves behind in Go anew each time. A panic in fn comes out of do.
func (w *writer) do(ctx context.Context, fn func(context.Context, execer) error) error {
	return w.submit(ctx, fn, false)
}

// update runs fn on the goroutine of the caller, while the writer waits, and
// returns when its effect is durable, or with an error when it has none. An
// error, a panic and runtime.Goexit in fn undo it. The context that fn gets
// still ends with ctx: the next statement then fails. fn runs once at most; if
// others destroy its batch after it has ended, update returns their error.
// Everybody who writes waits for fn, so it must not wait for another writer.
func (w *writer) update(ctx context.Context, fn func(context.Context, execer) error) error {
	return w.submit(ctx, fn, true)
}

func (w *writer) submit(ctx context.Context, fn func(context.Context, execer) error, callers bool) error {
	if w == nil {
		return ErrReadOnly
	}
	if inTx(ctx, w) {
		return ErrNested
	}
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := newJob(withTx(ctx, w), fn, callers)
	select {
	case w.queue <- j:
		return w.wait(ctx, j)
	case <-w.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns the answer to j, running its callback when it is its turn.
func (w *writer) wait(ctx context.Context, j *job) error {
	given, stopped := ctx.Done(), w.stopped
	for {
		select {
		case s := <-j.turn:
			j.take(s)
		case err := <-j.done:
			if p, ok := err.(*jobPanic); ok { // not errors.As: a hook's panic is no panic of the caller
				panic(p)
			}
			return err
		case <-given:
			if j.leave() {
				return ctx.Err()
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

// job is one write, from the queue to its answer.
type job struct {
	ctx     context.Context // what fn gets
	fn      func(context.Context, execer) error
	callers bool // fn runs on the goroutine of the caller
	alone   bool // its batch was undone once; now it has one of its own
	again   bool // it was run without a savepoint once; now it has one
	queued  time.Time
	state   atomic.Int32
	turn    chan *session // to the caller: run fn with this
	back    chan error    // from the caller: fn has ended
	done    chan error    // to the caller: the answer
	err     error         // of fn, until the batch is durable
}

// States of a job. Whoever leaves jobWaiting first, the writer or the caller
// whose context has ended, decides whether it runs.
const (
	jobWaiting = iota
	jobBegun
	jobLeft
)

var errUnwound = errors.New("the callback did not return")

func newJob(ctx context.Context, fn func(context.Context, execer) error, callers bool) *job {
	j := &job{ctx: ctx, fn: fn, callers: callers, queued: time.Now(), done: make(chan error, 1)}
	if callers {
		j.turn, j.back = make(chan *session, 1), make(chan error, 1)
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
func (j *job) take(s *session) {
	err := errUnwound
	defer func() {
		j.back <- err
		if err == errUnwound {
			<-j.done
		}
	}()
	if err = j.ctx.Err(); err == nil {
		err = errUnwound
		err = j.fn(j.ctx, s)
	}
}

// run runs fn wherever it belongs and returns its error.
func (j *job) run(s *session) error {
	if !j.callers {
		return guard(j.ctx, j.fn, s)
	}
	j.turn <- s
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
func guard(ctx context.Context, fn func(context.Context, execer) error, x execer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &jobPanic{value: v, stack: debug.Stack()}
		}
	}()
	return fn(ctx, x)
}
