package repo

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestWriterPanicAndGoexit(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	unwound := func(submit func(context.Context, func(context.Context, execer) error) error, n int, end func()) func() error {
		return func() error {
			seen := make(chan any, 1)
			go func() {
				defer func() { seen <- recover() }()
				err := submit(context.Background(), func(ctx context.Context, x execer) error {
					if err := add(n)(ctx, x); err != nil {
						t.Error(err)
					}
					end()
					return nil
				})
				seen <- err
			}()
			return fmt.Errorf("%v", <-seen)
		}
	}
	crash := func() { panic("crash") }
	errs := together(t, w, doing(w, add(1)),
		unwound(w.update, 10, crash), unwound(w.update, 11, runtime.Goexit), doing(w, add(2)),
		unwound(w.do, 12, crash), updating(w, add(3)), unwound(w.do, 13, runtime.Goexit), doing(w, add(4)))
	for i, want := range []string{"", "crash", "<nil>", "", "panic: crash", "undone together", "the write ended its goroutine", ""} {
		if got := fmt.Sprint(errs[i]); want != "" && !strings.HasPrefix(got, want) || want == "" && errs[i] != nil {
			t.Errorf("job %d: %v, want %q", i, errs[i], want)
		}
	}
	if err := w.update(t.Context(), add(5)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 1, 2, 4, 5) // 3 was in the batch that a job destroyed by ending the goroutine
	if err := w.close(); err != nil {
		t.Error(err)
	}
}

func TestWriterContextEndsInTheQueue(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	release := hold(t, w)
	for _, submit := range []func(context.Context, func(context.Context, execer) error) error{w.do, w.update} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if err := submit(ctx, add(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the queue: %v", err)
		}
		cancel()
		if err := submit(ctx, add(1)); err == nil {
			t.Error("a context that had ended was accepted")
		}
	}
	release()
	if err := w.do(t.Context(), add(2)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 2)
}

func TestWriterContextEndsWhileRunning(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	run := func(submit func(context.Context, func(context.Context, execer) error) error, n int, again bool) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			return submit(ctx, func(ctx context.Context, x execer) error {
				err := add(n)(ctx, x)
				cancel()
				if again {
					err = errors.Join(err, add(n+1)(ctx, x))
				}
				return err
			})
		}
	}
	errs := together(t, w, doing(w, add(1)),
		run(w.do, 10, true),      // begun: to its end
		run(w.update, 20, true),  // its next statement fails
		run(w.update, 30, false), // nothing more to run: done
		doing(w, add(2)))
	for i, want := range []error{nil, nil, context.Canceled, nil, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	wantNumbers(t, path, 1, 2, 10, 11, 30)
}

func TestWriterClose(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	release := hold(t, w)
	var wg sync.WaitGroup
	var done atomic.Int64
	for n := range 600 {
		wg.Go(func() {
			err := w.do(context.Background(), add(n))
			if err == nil {
				done.Add(1)
			} else if !errors.Is(err, ErrClosed) {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	for len(w.queue) < 300 {
		runtime.Gosched()
	}
	closed := make(chan error, 1)
	go func() { closed <- w.close() }()
	<-w.closing
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	wg.Wait()
	if got := len(numbers(t, path)); int64(got) != done.Load() || got < 300 {
		t.Errorf("%d numbers in the file, %d acknowledged", got, done.Load())
	}
	if err := w.do(t.Context(), add(1000)); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: %v", err)
	}
	if err := w.close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestWriterNested(t *testing.T) {
	w, other := openTestWriter(t, numberFile(t), flagHooks), openTestWriter(t, numberFile(t), flagHooks)
	err := w.update(t.Context(), func(ctx context.Context, x execer) error {
		if err := w.do(ctx, add(1)); !errors.Is(err, ErrNested) {
			t.Errorf("do inside update: %v", err)
		}
		return other.update(ctx, func(ctx context.Context, x execer) error {
			if err := w.update(ctx, add(1)); !errors.Is(err, ErrNested) {
				t.Errorf("two stores deep: %v", err)
			}
			return other.do(ctx, add(1))
		})
	})
	if !errors.Is(err, ErrNested) {
		t.Errorf("the other store inside itself: %v", err)
	}
	var none *writer
	if err := none.do(t.Context(), add(1)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("nil writer: %v", err)
	}
}

func TestWriterSessionEnds(t *testing.T) {
	w := openTestWriter(t, numberFile(t), flagHooks)
	var kept execer
	err := w.update(t.Context(), func(ctx context.Context, x execer) error {
		kept = x
		if err := add(1)(ctx, x); err != nil {
			return err
		}
		var all []int
		if err := x.sel(ctx, &all, "SELECT n FROM number"); err != nil || len(all) != 1 {
			t.Errorf("sel: %v, %v", all, err)
		}
		rows, err := x.query(ctx, "SELECT n FROM number") // forgotten: must not hold the connection
		if err != nil || !rows.Next() {
			t.Errorf("query: %v", err)
		}
		st, err := x.stmt(sqlAdd)
		if err != nil {
			return err
		}
		_, err = st.Exec(2, "x")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kept.exec(t.Context(), sqlAdd, 3, "x"); !errors.Is(err, errSessionOver) {
		t.Errorf("after its end: %v", err)
	}
	if err := w.close(); err != nil { // would wait for the rows
		t.Error(err)
	}
}
