package repo

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	sqlAdd   = "INSERT INTO number (n, body) VALUES (?, ?)"
	sqlCount = "SELECT count(*) FROM number"
)

var testBusy = flag.Duration("writer.busy", 150*time.Millisecond, "how long test writers wait for a lock")

// numberFile makes a database with a table of unique numbers.
func numberFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a store?#%41.db")
	src := source{path: path, query: url.Values{"mode": {"rwc"}}, pragmas: []string{"journal_mode(WAL)"}}
	db := openSource(t, src)
	_, err := db.Exec(`
		CREATE TABLE number (n INTEGER PRIMARY KEY, body TEXT) STRICT;
		CREATE TABLE batch (active INTEGER NOT NULL, done INTEGER NOT NULL) STRICT;
		INSERT INTO batch VALUES (0, 0);
		CREATE TABLE child (n INTEGER REFERENCES number (n) DEFERRABLE INITIALLY DEFERRED) STRICT;
		CREATE TABLE bomb (n INTEGER, CONSTRAINT boom CHECK (n < 0)) STRICT;
	`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func openSource(t testing.TB, src source) *sqlx.DB {
	t.Helper()
	dsn, err := src.dsn()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openPool(t.Context(), dsn, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// flagHooks set a flag while a batch runs and count batches when it ends.
var flagHooks = writerHooks{
	begin: func(ctx context.Context, x execer) error {
		_, err := x.exec(ctx, "UPDATE batch SET active = 1")
		return err
	},
	end: func(ctx context.Context, x execer) error {
		_, err := x.exec(ctx, "UPDATE batch SET active = 0, done = done + 1")
		return err
	},
}

func openTestWriter(t testing.TB, path string, hooks writerHooks) *writer {
	t.Helper()
	db, err := openWriterPool(t.Context(), path, *testBusy, DurabilityFull, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(t.Context(), db, *testBusy, hooks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// add is a job that inserts n.
func add(n int) func(context.Context, execer) error {
	return func(ctx context.Context, x execer) error {
		_, err := x.exec(ctx, sqlAdd, n, "x")
		return err
	}
}

// numbers reads the table on a connection of its own.
func numbers(t testing.TB, path string) []int {
	t.Helper()
	db := openSource(t, readerSource(path, time.Second))
	defer db.Close()
	var ns []int
	if err := db.Select(&ns, "SELECT n FROM number ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	return ns
}

func wantNumbers(t testing.TB, path string, want ...int) {
	t.Helper()
	if got := numbers(t, path); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("numbers in the file: %v, want %v", got, want)
	}
}

// hold makes the writer busy with a callback until release is called.
func hold(t testing.TB, w *writer) (release func()) {
	t.Helper()
	running, let := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- w.update(context.Background(), func(context.Context, execer) error {
			close(running)
			<-let
			return nil
		})
	}()
	<-running
	return func() {
		close(let)
		if err := <-ended; err != nil {
			t.Errorf("holding update: %v", err)
		}
	}
}

// together queues fns while the writer is held, in order, so that they share
// one batch, and returns their results.
func together(t testing.TB, w *writer, fns ...func() error) []error {
	t.Helper()
	release := hold(t, w)
	errs := make([]error, len(fns))
	var wg sync.WaitGroup
	for i, fn := range fns {
		before := len(w.queue)
		wg.Go(func() { errs[i] = fn() })
		for deadline := time.Now().Add(5 * time.Second); len(w.queue) == before; {
			if time.Now().After(deadline) {
				t.Fatal("job was not queued")
			}
			runtime.Gosched()
		}
	}
	release()
	wg.Wait()
	return errs
}

func doing(w *writer, fn func(context.Context, execer) error) func() error {
	return func() error { return w.do(context.Background(), fn) }
}

func updating(w *writer, fn func(context.Context, execer) error) func() error {
	return func() error { return w.update(context.Background(), fn) }
}

// both runs fn both ways, one after the other.
func both(w *writer, fn func(context.Context, execer) error) []error {
	return []error{doing(w, fn)(), updating(w, fn)()}
}
