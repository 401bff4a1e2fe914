package sqlitedb

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestWriterThousandAtOnce(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	path := numberFile(t)
	db := openTest(t, path)
	var wg sync.WaitGroup
	var bad atomic.Int64
	for i := range 1000 {
		wg.Go(func() {
			n := i
			if i%10 == 9 {
				n = i - 1 // the neighbour's: one of the two fails
			}
			submit := db.Do
			if i%3 == 0 {
				submit = db.Update
			}
			err := Classify(submit(t.Context(), add(n)))
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
	var batch struct{ Done, Jobs int }
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		return tx.Get(ctx, &batch, "SELECT done, jobs FROM batch")
	})
	if err != nil {
		t.Fatal(err)
	}
	if batch.Done == 0 || batch.Done > 900 || batch.Jobs < 900 {
		t.Errorf("after the batches: %+v", batch)
	}
	closeTest(t, db)
}

func TestWriterOneFailsInTheMiddle(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	mine := errors.New("mine")
	half := func(ctx context.Context, tx *Tx) error {
		return errors.Join(add(20)(ctx, tx), mine)
	}
	errs := together(t, db,
		doing(db, add(1)), doing(db, half), doing(db, add(1)), updating(db, half), updating(db, add(2)), doing(db, add(3)))
	for i, want := range []error{nil, mine, ErrExists, mine, nil, nil} {
		if !errors.Is(Classify(errs[i]), want) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	wantNumbers(t, path, 1, 2, 3)
}

// TestWriterRunsAgain: a batch without savepoints in which one write fails half
// done is run again, and nobody loses or doubles anything.
func TestWriterRunsAgain(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	mine := errors.New("mine")
	ran := 0
	counted := func(ctx context.Context, tx *Tx) error { ran++; return add(1)(ctx, tx) }
	half := func(ctx context.Context, tx *Tx) error { return errors.Join(add(20)(ctx, tx), mine) }
	reads := func(ctx context.Context, tx *Tx) error {
		var n int
		return errors.Join(tx.Get(ctx, &n, "SELECT count(*) FROM number"), mine)
	}
	errs := together(t, db, doing(db, counted), doing(db, reads), doing(db, half), doing(db, half), doing(db, add(2)))
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
