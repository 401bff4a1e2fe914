package repo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// big is a job that inserts n with more pages than fit.
func big(n int) func(context.Context, execer) error {
	return func(ctx context.Context, x execer) error {
		_, err := x.exec(ctx, sqlAdd, n, strings.Repeat("x", 1<<20))
		return err
	}
}

// limitPages lets the file of w grow by pages only.
func limitPages(t *testing.T, w *writer, pages int) {
	t.Helper()
	err := w.do(t.Context(), func(ctx context.Context, x execer) error {
		var count, limit int
		if err := x.get(ctx, &count, "PRAGMA page_count"); err != nil {
			return err
		}
		return x.get(ctx, &limit, fmt.Sprintf("PRAGMA max_page_count = %d", count+pages))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriterDiskFull(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	limitPages(t, w, 20)
	swallow := func(ctx context.Context, x execer) error {
		_ = big(40)(ctx, x)
		if err := add(41)(ctx, x); !errors.Is(err, errRolledBack) {
			t.Errorf("a statement after the transaction was lost: %v", err)
		}
		return nil
	}
	errs := together(t, w,
		doing(w, add(1)), updating(w, add(2)), doing(w, big(30)), doing(w, add(3)), updating(w, add(4)),
		updating(w, swallow), doing(w, add(5)))
	// 2 was in the batch that 30 destroyed and cannot be run again, nor can 4, which was with 40.
	for i, want := range []error{nil, ErrFull, ErrFull, nil, ErrFull, ErrFull, nil} {
		if got := classify(errs[i]); !errors.Is(got, want) || (got == nil) != (want == nil) {
			t.Errorf("job %d: %v, want %v", i, errs[i], want)
		}
	}
	wantNumbers(t, path, 1, 3, 5)
}

func TestWriterLosesTransaction(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	raw := func(ctx context.Context, x execer) error { // goes around the session's guard
		st, err := x.stmt("INSERT OR ROLLBACK INTO bomb VALUES (1)")
		if err == nil {
			_, err = st.Exec()
		}
		return errors.Join(err, add(99)(ctx, x))
	}
	errs := together(t, w, doing(w, add(1)), doing(w, raw), doing(w, add(2)))
	if errs[0] != nil || errs[2] != nil || !strings.Contains(fmt.Sprint(errs[1]), "boom") {
		t.Errorf("around OR ROLLBACK: %v", errs)
	}
	interrupted := func(context.Context, execer) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		st, err := w.conn.stmt(ctx, "WITH RECURSIVE c (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM c) INSERT INTO number SELECT i, '' FROM c")
		if err == nil {
			_, err = st.ExecContext(ctx)
		}
		return err
	}
	errs = together(t, w, doing(w, add(3)), doing(w, interrupted), doing(w, add(4)))
	if errs[0] != nil || errs[2] != nil || !errors.Is(errs[1], context.DeadlineExceeded) {
		t.Errorf("around an interrupted statement: %v", errs)
	}
	wantNumbers(t, path, 1, 2, 3, 4)
}

func TestWriterCommitFails(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	orphan := func(ctx context.Context, x execer) error { // found out by COMMIT only
		_, err := x.exec(ctx, "INSERT INTO child VALUES (12345)")
		return err
	}
	errs := together(t, w, doing(w, add(1)), doing(w, orphan), updating(w, add(2)), doing(w, add(3)))
	if errs[0] != nil || errs[3] != nil {
		t.Errorf("innocent writes: %v", errs)
	}
	if !isConstraint(errs[1]) || !isConstraint(errs[2]) {
		t.Errorf("the orphan and the update that was with it: %v", errs)
	}
	wantNumbers(t, path, 1, 3)
}

func TestWriterHookFails(t *testing.T) {
	path := numberFile(t)
	broken := errors.New("broken")
	var failing bool
	hooks := flagHooks
	hooks.end = func(ctx context.Context, x execer) error {
		var bad int
		if err := x.get(ctx, &bad, "SELECT count(*) FROM number WHERE n < 0"); err != nil || bad > 0 {
			return errors.Join(err, broken)
		}
		return flagHooks.end(ctx, x)
	}
	hooks.begin = func(ctx context.Context, x execer) error {
		if failing {
			panic("begin")
		}
		return flagHooks.begin(ctx, x)
	}
	w := openTestWriter(t, path, hooks)
	errs := together(t, w, doing(w, add(1)), doing(w, add(-2)), doing(w, add(3)))
	if errs[0] != nil || !errors.Is(errs[1], broken) || errs[2] != nil {
		t.Errorf("the job that the end hook cannot bear: %v", errs)
	}
	failing = true
	if err := w.do(t.Context(), add(4)); err == nil || !strings.Contains(err.Error(), "begin") {
		t.Errorf("begin hook that panics: %v", err)
	}
	failing = false
	if err := w.do(t.Context(), add(5)); err != nil {
		t.Error(err)
	}
	wantNumbers(t, path, 1, 3, 5)
}

// TestWriterCommitBusy uses a rollback journal, where a reader can keep COMMIT
// waiting.
func TestWriterCommitBusy(t *testing.T) {
	path := numberFile(t)
	src := source{path: path, busy: *testBusy, query: url.Values{"mode": {"rw"}}, pragmas: []string{"journal_mode(DELETE)"}}
	w, err := newWriter(t.Context(), openSource(t, src), *testBusy, flagHooks)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	reader := openSource(t, readerSource(path, time.Second))
	tx := reader.MustBegin()
	var n int
	if err := tx.Get(&n, sqlCount); err != nil {
		t.Fatal(err)
	}
	for i, err := range both(w, add(1)) {
		if !errors.Is(classify(err), ErrLocked) {
			t.Errorf("job %d while a reader keeps COMMIT waiting: %v", i, err)
		}
	}
	time.AfterFunc(*testBusy/3, func() { tx.Rollback() })
	if err := w.do(t.Context(), add(3)); err != nil {
		t.Errorf("the reader ended in time: %v", err)
	}
	wantNumbers(t, path, 3)
}

func TestWriterReconnects(t *testing.T) {
	path := numberFile(t)
	w := openTestWriter(t, path, flagHooks)
	if err := w.do(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	leaves := func(ctx context.Context, x execer) error { // no transaction of ours can begin inside this
		_, err := x.exec(ctx, "RELEASE job")
		if err == nil {
			_, err = x.exec(ctx, "COMMIT")
		}
		if err == nil {
			_, err = x.exec(ctx, "BEGIN")
		}
		return err
	}
	if err := w.do(t.Context(), leaves); err == nil {
		t.Error("a job that ends the transaction was told success")
	}
	if err := w.do(t.Context(), add(2)); err != nil {
		t.Errorf("after that: %v", err)
	}
	if err := w.conn.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.do(t.Context(), add(3)); err != nil {
		t.Errorf("after the connection was closed: %v", err)
	}
	breaks := func(ctx context.Context, x execer) error {
		w.conn.broken = true
		_, err := x.exec(ctx, "CREATE TEMP TABLE here (n)")
		return err
	}
	if err := w.do(t.Context(), breaks); err != nil {
		t.Fatal(err)
	}
	if err := w.do(t.Context(), add(4)); err != nil {
		t.Errorf("after the connection was given up: %v", err)
	}
	if _, err := w.conn.stmt(t.Context(), "SELECT * FROM temp.here"); err == nil {
		t.Error("a connection that broke is used again")
	}
	wantNumbers(t, path, 1, 2, 3, 4)
}
