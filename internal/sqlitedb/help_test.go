package sqlitedb

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

var (
	testBusy = flag.Duration("busy", 150*time.Millisecond, "how long test writers wait for a lock")
	rounds   = flag.Int("rounds", 3, "how often what depends on the moment is tried")
)

// numberFile makes a database with a table of unique numbers.
func numberFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a store?#%41.db")
	src := source{path: path, query: url.Values{"mode": {"rwc"}}, pragmas: []string{"journal_mode(WAL)"}}
	db := openSource(t, src)
	_, err := db.Exec(`
		CREATE TABLE number (n INTEGER PRIMARY KEY, body TEXT) STRICT;
		CREATE TABLE batch (done INTEGER NOT NULL, jobs INTEGER NOT NULL) STRICT;
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
	pool, err := newPool(src)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	pool.SetMaxIdleConns(1)
	if err := pool.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// countBatches counts the transactions in the file, and those who share one.
var countBatches = Hooks{
	Begin: func() any { return new(int) },
	End: func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "UPDATE batch SET done = done + 1, jobs = jobs + ?", *tx.State().(*int))
		return err
	},
}

// openTest opens a file; it is closed when the test ends, unless the test does that.
func openTest(t testing.TB, path string, opts ...func(*Options)) *DB {
	t.Helper()
	opt := Options{Busy: *testBusy, Hooks: countBatches}
	for _, fn := range opts {
		fn(&opt)
	}
	db, err := Open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeTest(t, db) })
	return db
}

// closeTest closes db, which must not take long.
func closeTest(t testing.TB, db *DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := db.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// add is a job that inserts n.
func add(n int) func(context.Context, *Tx) error {
	return func(ctx context.Context, tx *Tx) error {
		*tx.State().(*int)++
		_, err := tx.Exec(ctx, sqlAdd, n, "x")
		return err
	}
}

// numbers reads the table on a connection of its own.
func numbers(t testing.TB, path string) []int {
	t.Helper()
	db := openSource(t, readerSource(path, Options{Busy: time.Second}))
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
func hold(t testing.TB, db *DB) (release func()) {
	t.Helper()
	running, let := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- db.Update(context.Background(), func(context.Context, *Tx) error {
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
func together(t testing.TB, db *DB, fns ...func() error) []error {
	t.Helper()
	release := hold(t, db)
	errs := make([]error, len(fns))
	var wg sync.WaitGroup
	for i, fn := range fns {
		before := len(db.writer.queue)
		wg.Go(func() { errs[i] = fn() })
		for deadline := time.Now().Add(5 * time.Second); len(db.writer.queue) == before; {
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

func doing(db *DB, fn func(context.Context, *Tx) error) func() error {
	return func() error { return db.Do(context.Background(), fn) }
}

func updating(db *DB, fn func(context.Context, *Tx) error) func() error {
	return func() error { return db.Update(context.Background(), fn) }
}

// both runs fn both ways, one after the other.
func both(db *DB, fn func(context.Context, *Tx) error) []error {
	return []error{doing(db, fn)(), updating(db, fn)()}
}
