package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// big is a job that inserts n with more pages than fit.
func big(n int) func(context.Context, *Tx) error {
	return func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, sqlAdd, n, strings.Repeat("x", 1<<20))
		return err
	}
}

// limitPages lets the file of w grow by pages only.
func limitPages(t *testing.T, db *DB, pages int) {
	t.Helper()
	err := db.Do(t.Context(), func(ctx context.Context, tx *Tx) error {
		var count, limit int
		if err := tx.Get(ctx, &count, "PRAGMA page_count"); err != nil {
			return err
		}
		return tx.Get(ctx, &limit, fmt.Sprintf("PRAGMA max_page_count = %d", count+pages))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriterDiskFull(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	limitPages(t, db, 20)
	swallow := func(ctx context.Context, tx *Tx) error {
		_ = big(40)(ctx, tx)
		if err := add(41)(ctx, tx); !errors.Is(err, errRolledBack) {
			t.Errorf("a statement after the transaction was lost: %v", err)
		}
		return nil
	}
	errs := together(t, db,
		doing(db, add(1)), updating(db, add(2)), doing(db, big(30)), doing(db, add(3)), updating(db, add(4)),
		updating(db, swallow), doing(db, add(5)))
	// 2 was in the batch that 30 destroyed and cannot be run again, nor can 4, which was with 40.
	for i, want := range []error{nil, ErrFull, ErrFull, nil, ErrFull, ErrFull, nil} {
		if got := Classify(errs[i]); !errors.Is(got, want) || (got == nil) != (want == nil) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	wantNumbers(t, path, 1, 3, 5)
}

func TestWriterLosesTransaction(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	raw := func(ctx context.Context, tx *Tx) error {
		_, err := tx.conn.ExecContext(ctx, "INSERT OR ROLLBACK INTO bomb VALUES (1)") // goes around the guard
		return errors.Join(err, add(99)(ctx, tx))
	}
	errs := together(t, db, doing(db, add(1)), doing(db, raw), doing(db, add(2)))
	if errs[0] != nil || errs[2] != nil || !strings.Contains(fmt.Sprint(errs[1]), "boom") {
		t.Errorf("around OR ROLLBACK: %v", errs)
	}
	interrupted := func(context.Context, *Tx) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		_, err := db.writer.conn.ExecContext(ctx, "WITH RECURSIVE c (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM c) INSERT INTO number SELECT i, '' FROM c")
		return err
	}
	errs = together(t, db, doing(db, add(3)), doing(db, interrupted), doing(db, add(4)))
	if errs[0] != nil || errs[2] != nil || !errors.Is(errs[1], context.DeadlineExceeded) {
		t.Errorf("around an interrupted statement: %v", errs)
	}
	wantNumbers(t, path, 1, 2, 3, 4)
}

func TestWriterCommitFails(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	orphan := func(ctx context.Context, tx *Tx) error { // found out by COMMIT only
		_, err := tx.Exec(ctx, "INSERT INTO child VALUES (12345)")
		return err
	}
	errs := together(t, db, doing(db, add(1)), doing(db, orphan), updating(db, add(2)), doing(db, add(3)))
	if errs[0] != nil || errs[3] != nil {
		t.Errorf("innocent writes: %v", errs)
	}
	if !IsConstraint(errs[1]) || !IsConstraint(errs[2]) {
		t.Errorf("the orphan and the update that was with it: %v", errs)
	}
	wantNumbers(t, path, 1, 3)
}

func TestWriterHookFails(t *testing.T) {
	path := numberFile(t)
	broken := errors.New("broken")
	var failing bool
	hooks := countBatches
	hooks.End = func(ctx context.Context, tx *Tx) error {
		var bad int
		if err := tx.Get(ctx, &bad, "SELECT count(*) FROM number WHERE n < 0"); err != nil || bad > 0 {
			return errors.Join(err, broken)
		}
		return countBatches.End(ctx, tx)
	}
	hooks.Begin = func() any {
		if failing {
			panic("begin")
		}
		return countBatches.Begin()
	}
	db := openTest(t, path, func(o *Options) { o.Hooks = hooks })
	errs := together(t, db, doing(db, add(1)), doing(db, add(-2)), doing(db, add(3)))
	if errs[0] != nil || !errors.Is(errs[1], broken) || errs[2] != nil {
		t.Errorf("the job that the end hook cannot bear: %v", errs)
	}
	failing = true
	if err := db.Do(t.Context(), add(4)); err == nil || !strings.Contains(err.Error(), "begin") {
		t.Errorf("begin hook that panics: %v", err)
	}
	failing = false
	if err := db.Do(t.Context(), add(5)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 1, 3, 5)
}

// TestWriterCommitBusy uses a rollback journal, where a reader can keep COMMIT
// waiting.
func TestWriterCommitBusy(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	if _, err := db.writer.conn.ExecContext(t.Context(), "PRAGMA journal_mode = DELETE"); err != nil {
		t.Fatal(err)
	}
	reader := openSource(t, readerSource(path, Options{Busy: time.Second}))
	tx := reader.MustBegin()
	var n int
	if err := tx.Get(&n, sqlCount); err != nil {
		t.Fatal(err)
	}
	for i, err := range both(db, add(1)) {
		if !errors.Is(Classify(err), ErrLocked) {
			t.Errorf("job %d while a reader keeps COMMIT waiting: %v", i, err)
		}
	}
	time.AfterFunc(*testBusy/3, func() { tx.Rollback() })
	if err := db.Do(t.Context(), add(3)); err != nil {
		t.Errorf("the reader ended in time: %v", err)
	}
	wantNumbers(t, path, 3)
}

func TestWriterReconnects(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	if err := db.Do(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	leaves := func(ctx context.Context, tx *Tx) error { // no transaction of ours can begin inside this
		_, err := tx.Exec(ctx, "RELEASE job")
		if err == nil {
			_, err = tx.Exec(ctx, "COMMIT")
		}
		if err == nil {
			_, err = tx.Exec(ctx, "BEGIN")
		}
		return err
	}
	if err := db.Do(t.Context(), leaves); err == nil {
		t.Error("a job that ends the transaction was told success")
	}
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Errorf("after that: %v", err)
	}
	if err := db.writer.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), add(3)); err != nil {
		t.Errorf("after the connection was closed: %v", err)
	}
	breaks := func(ctx context.Context, tx *Tx) error {
		db.writer.conn.broken = true
		_, err := tx.Exec(ctx, "CREATE TEMP TABLE here (n)")
		return err
	}
	if err := db.Do(t.Context(), breaks); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), add(4)); err != nil {
		t.Errorf("after the connection was given up: %v", err)
	}
	if _, err := db.writer.conn.take("SELECT * FROM temp.here"); err == nil {
		t.Error("a connection that broke is used again")
	}
	wantNumbers(t, path, 1, 2, 3, 4)
}
