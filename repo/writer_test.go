package repo

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestWriterThousandAtOnce(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	var wg sync.WaitGroup
	var bad atomic.Int64
	for i := range 1000 {
		wg.Go(func() {
			n := i
			if i%10 == 9 {
				n = i - 1 // the neighbour's: one of the two fails
			}
			submit := w.do
			if i%3 == 0 {
				submit = w.update
			}
			err := submit(t.Context(), add(n))
			wrap(&err, "add %d", n)
			switch {
			case err == nil:
			case errors.Is(err, ErrExists) && i%10 >= 8:
				bad.Add(1)
			default:
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if bad.Load() != 100 {
		t.Errorf("%d writes failed, want 100", bad.Load())
	}
	if got := len(numbers(t, path)); got != 900 {
		t.Errorf("%d numbers in the file, want 900", got)
	}
	db := openSource(t, readerSource(path, time.Second))
	var batch struct{ Active, Done int }
	if err := db.Get(&batch, "SELECT active, done FROM batch"); err != nil {
		t.Fatal(err)
	}
	if batch.Active != 0 || batch.Done == 0 || batch.Done > 900 {
		t.Errorf("after the batches: %+v", batch)
	}
	if err := errors.Join(db.Close(), w.close()); err != nil {
		t.Error(err)
	}
}

func TestWriterOneFailsInTheMiddle(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	mine := errors.New("mine")
	half := func(ctx context.Context, x execer) error {
		return errors.Join(add(20)(ctx, x), mine)
	}
	errs := together(t, w,
		doing(w, add(1)), doing(w, half), doing(w, add(1)), updating(w, half), updating(w, add(2)), doing(w, add(3)))
	for i, want := range []error{nil, mine, ErrExists, mine, nil, nil} {
		if !errors.Is(classify(errs[i]), want) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	wantNumbers(t, path, 1, 2, 3)
}

// TestWriterRunsAgain: a batch without savepoints in which one write fails half
// done is run again, and nobody loses or doubles anything.
func TestWriterRunsAgain(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	mine := errors.New("mine")
	ran := 0
	counted := func(ctx context.Context, x execer) error { ran++; return add(1)(ctx, x) }
	half := func(ctx context.Context, x execer) error { return errors.Join(add(20)(ctx, x), mine) }
	reads := func(ctx context.Context, x execer) error {
		var n int
		return errors.Join(x.get(ctx, &n, "SELECT count(*) FROM number"), mine)
	}
	errs := together(t, w, doing(w, counted), doing(w, reads), doing(w, half), doing(w, half), doing(w, add(2)))
	for i, want := range []error{nil, mine, mine, mine, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	if ran != 2 {
		t.Errorf("the first write was run %d times, want 2: once more with savepoints", ran)
	}
	wantNumbers(t, path, 1, 2)
}
