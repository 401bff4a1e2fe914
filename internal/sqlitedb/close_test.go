package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestCloseUnderLoad: whoever reads or writes while the file is closed gets his
// result or ErrClosed.
func TestCloseUnderLoad(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for round := range *rounds {
		db := filled(t, 20)
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for n := 0; ; n++ {
					err := useOnce(t, db, i, 1000+100_000*i+n)
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Errorf("while the file is closed: %v", err)
						return
					}
				}
			})
		}
		time.Sleep(time.Duration(round%10) * time.Millisecond)
		closeTest(t, db)
		wg.Wait()
		if _, err := count(t.Context(), db); !errors.Is(err, ErrClosed) {
			t.Errorf("a read after close: %v", err)
		}
		for _, err := range append(both(db, add(1)), db.Maintain(t.Context(), "VACUUM")) {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("a write after close: %v", err)
			}
		}
	}
}

// useOnce reads or writes in one of several ways.
func useOnce(t *testing.T, db *DB, way, n int) error {
	switch way % 4 {
	case 0:
		return db.Do(context.Background(), add(n))
	case 1:
		return db.Update(context.Background(), add(n))
	case 2:
		_, err := count(t.Context(), db)
		return err
	}
	seen := 0
	var inside error
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		return each(ctx, tx, func(int) error {
			seen++
			if inside == nil {
				_, inside = count(t.Context(), db)
			}
			return nil
		})
	})
	if err == nil && seen < 20 {
		return fmt.Errorf("%d rows, and no error", seen)
	}
	return errors.Join(err, inside)
}

func TestCloseBounded(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var freed atomic.Bool
	db := filled(t, 3, func(o *Options) { o.Closed = func() error { freed.Store(true); return nil } })
	for what, run := range map[string]func(context.Context, func(context.Context, *Tx) error) error{"view": db.View, "do": db.Do, "update": db.Update} {
		err := run(t.Context(), func(ctx context.Context, _ *Tx) error { return db.Close(ctx) })
		if !errors.Is(err, ErrNested) {
			t.Errorf("close inside %s: %v", what, err)
		}
	}
	inside, leave, left := make(chan bool, 2), make(chan bool), make(chan error, 2)
	for _, run := range []func(context.Context, func(context.Context, *Tx) error) error{db.View, db.Update} {
		go func() {
			left <- run(context.Background(), func(ctx context.Context, tx *Tx) error {
				inside <- true
				<-leave
				return tx.Get(ctx, new(int), sqlCount)
			})
		}()
		<-inside
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := db.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close while others are inside: %v", err)
	}
	if _, err := count(t.Context(), db); !errors.Is(err, ErrClosed) || freed.Load() {
		t.Errorf("meanwhile: %v, closed %t", err, freed.Load())
	}
	close(leave)
	if err := errors.Join(<-left, <-left); err != nil {
		t.Errorf("who was inside: %v", err)
	}
	closeTest(t, db)
	if !freed.Load() {
		t.Error("close returned before it was done")
	}
}

// TestCloseWakesWaitingReads: reads that wait for a connection are refused at once.
func TestCloseWakesWaitingReads(t *testing.T) {
	db := filled(t, 3, func(o *Options) { o.Readers = 1 })
	r := db.readers
	c, err := r.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.drop(c)
	errs := make(chan error)
	go func() {
		for { // holds its patience up
			r.mu.Lock()
			r.moved = time.Now()
			r.mu.Unlock()
			select {
			case <-r.closing:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	go func() { _, err := count(t.Context(), db); errs <- err }()
	time.Sleep(10 * time.Millisecond)
	closeTest(t, db)
	if err := <-errs; err != nil && !errors.Is(err, ErrClosed) {
		t.Errorf("a read that waited: %v", err)
	}
}

// countdown is a context that ends when it was looked at n times.
type countdown struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

func endsAfter(n int) *countdown {
	return &countdown{Context: context.Background(), left: n, done: make(chan struct{})}
}

func (c *countdown) look() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		close(c.done)
	}
	return c.left <= 0
}

func (c *countdown) Err() error {
	if c.look() {
		return context.Canceled
	}
	return nil
}

func (c *countdown) Done() <-chan struct{} {
	c.look()
	return c.done
}

// TestCancelledAtEveryPoint: wherever a context ends, the call has its whole effect
// or none, says which, and leaves the rest as it was.
func TestCancelledAtEveryPoint(t *testing.T) {
	db := openTest(t, numberFile(t), func(o *Options) { o.Readers = 1 })
	var want []int
	next := 0
	two := func(ctx context.Context, tx *Tx) error {
		err := add(next)(ctx, tx)
		if err == nil {
			err = add(next+1)(ctx, tx)
		}
		if err == nil {
			err = each(ctx, tx, func(int) error { return ctx.Err() })
		}
		return err
	}
	read := func(ctx context.Context, tx *Tx) error {
		defer tx.Limited(ctx)()
		return each(ctx, tx, func(int) error { return tx.Get(ctx, new(int), sqlCount) })
	}
	for points := 1; points < 40; points++ {
		for _, run := range []func(context.Context, func(context.Context, *Tx) error) error{db.Do, db.Update} {
			next += 2
			switch err := run(endsAfter(points), two); {
			case err == nil:
				want = append(want, next, next+1)
			case !errors.Is(err, context.Canceled):
				t.Errorf("ended at point %d: %v", points, err)
			}
		}
		if err := db.View(endsAfter(points), read); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a read that ended at point %d: %v", points, err)
		}
		if n, err := count(t.Context(), db); err != nil || n != len(want) {
			t.Fatalf("after point %d: %d numbers, want %d; %v", points, n, len(want), err)
		}
		if opened, err := Open(endsAfter(points), db.path, Options{}); err == nil {
			closeTest(t, opened)
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("an open that ended at point %d: %v", points, err)
		}
	}
	wantNumbers(t, db.path, want...)
}
