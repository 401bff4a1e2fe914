package sqlitedb

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
	db := openTest(t, path)
	unwound := func(submit func(context.Context, func(context.Context, *Tx) error) error, n int, end func()) func() error {
		return func() error {
			seen := make(chan any, 1)
			go func() {
				defer func() { seen <- recover() }()
				err := submit(context.Background(), func(ctx context.Context, tx *Tx) error {
					if err := add(n)(ctx, tx); err != nil {
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
	errs := together(t, db, doing(db, add(1)),
		unwound(db.Update, 10, crash), unwound(db.Update, 11, runtime.Goexit), doing(db, add(2)),
		unwound(db.Do, 12, crash), updating(db, add(3)), unwound(db.Do, 13, runtime.Goexit), doing(db, add(4)))
	for i, want := range []string{"", "crash", "<nil>", "", "panic: crash", "undone together", "the write ended its goroutine", ""} {
		if got := fmt.Sprint(errs[i]); want != "" && !strings.HasPrefix(got, want) || want == "" && errs[i] != nil {
			t.Errorf("job %d: %v, want %q", i, errs[i], want)
		}
	}
	if err := db.Update(t.Context(), add(5)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 1, 2, 4, 5) // 3 was in the batch that a job destroyed by ending the goroutine
	if err := db.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestWriterContextEndsInTheQueue(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	release := hold(t, db)
	for _, submit := range []func(context.Context, func(context.Context, *Tx) error) error{db.Do, db.Update} {
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
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 2)
}

func TestWriterContextEndsWhileRunning(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	run := func(submit func(context.Context, func(context.Context, *Tx) error) error, n int, again bool) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			return submit(ctx, func(ctx context.Context, tx *Tx) error {
				err := add(n)(ctx, tx)
				cancel()
				if again {
					err = errors.Join(err, add(n+1)(ctx, tx))
				}
				return err
			})
		}
	}
	errs := together(t, db, doing(db, add(1)),
		run(db.Do, 10, true),      // begun: to its end
		run(db.Update, 20, true),  // its next statement fails
		run(db.Update, 30, false), // nothing more to run: done
		doing(db, add(2)))
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
	db := openTest(t, path)
	release := hold(t, db)
	var wg sync.WaitGroup
	var done atomic.Int64
	for n := range 600 {
		wg.Go(func() {
			err := db.Do(context.Background(), add(n))
			if err == nil {
				done.Add(1)
			} else if !errors.Is(err, ErrClosed) {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	for len(db.writer.queue) < 300 {
		runtime.Gosched()
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close(context.Background()) }()
	<-db.writer.closing
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	wg.Wait()
	if got := len(numbers(t, path)); int64(got) != done.Load() || got < 300 {
		t.Errorf("%d numbers in the file, %d acknowledged", got, done.Load())
	}
	if err := db.Do(t.Context(), add(1000)); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: %v", err)
	}
	if err := db.Close(context.Background()); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestWriterNested(t *testing.T) {
	db, other := openTest(t, numberFile(t)), openTest(t, numberFile(t))
	err := db.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		if err := db.Do(ctx, add(1)); !errors.Is(err, ErrNested) {
			t.Errorf("do inside update: %v", err)
		}
		return other.Update(ctx, func(ctx context.Context, tx *Tx) error {
			if err := db.Update(ctx, add(1)); !errors.Is(err, ErrNested) {
				t.Errorf("two stores deep: %v", err)
			}
			return other.Do(ctx, add(1))
		})
	})
	if !errors.Is(err, ErrNested) {
		t.Errorf("the other store inside itself: %v", err)
	}
}

func TestWriterTxEnds(t *testing.T) {
	db := openTest(t, numberFile(t))
	var kept *Tx
	err := db.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		kept = tx
		if err := add(1)(ctx, tx); err != nil {
			return err
		}
		var all []int
		if err := tx.Select(ctx, &all, "SELECT n FROM number"); err != nil || len(all) != 1 {
			t.Errorf("sel: %v, %v", all, err)
		}
		rows, err := tx.Query(ctx, "SELECT n FROM number") // forgotten: must not hold the connection
		if err != nil || !rows.Next() {
			t.Errorf("query: %v", err)
		}
		return add(2)(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Exec(t.Context(), sqlAdd, 3, "x"); !errors.Is(err, errOver) {
		t.Errorf("after its end: %v", err)
	}
	if err := db.Close(context.Background()); err != nil { // would wait for the rows
		t.Error(err)
	}
}
