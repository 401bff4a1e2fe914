package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const sqlNumbers = "SELECT n FROM number ORDER BY n"

// filled opens a file with the numbers below n.
func filled(t testing.TB, n int, opts ...func(*Options)) *DB {
	t.Helper()
	db := openTest(t, numberFile(t), opts...)
	err := db.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		for i := range n {
			if err := add(i)(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// each calls fn for the numbers of the file, inside the query.
func each(ctx context.Context, tx *Tx, fn func(n int) error) error {
	rows, err := tx.Query(ctx, sqlNumbers)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return err
		}
		if err := fn(n); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func count(ctx context.Context, db *DB) (n int, err error) {
	err = db.View(ctx, func(ctx context.Context, tx *Tx) error { return tx.Get(ctx, &n, sqlCount) })
	return n, err
}

// TestMoreReadsThanConnections: all connections are inside a loop that reads again.
func TestMoreReadsThanConnections(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const loops = 12
	for round := range *rounds {
		db := filled(t, 5, func(o *Options) { o.Readers = 1 + round%3 })
		var all, wg sync.WaitGroup
		all.Add(loops)
		for range loops {
			wg.Go(func() {
				first := true
				err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
					return each(ctx, tx, func(int) error {
						if first {
							first = false
							all.Done()
							all.Wait()
						}
						n, err := count(t.Context(), db)
						if err == nil && n != 5 {
							err = fmt.Errorf("%d numbers inside a loop", n)
						}
						return err
					})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		r := db.readers
		r.mu.Lock()
		if r.open > cap(r.idle.some) || r.open != len(r.idle.some) {
			t.Errorf("%d connections stay open, %d of them idle", r.open, len(r.idle.some))
		}
		r.mu.Unlock()
		closeTest(t, db)
	}
}

// TestReadsShareConnections: many short reads at once open no connection each.
func TestReadsShareConnections(t *testing.T) {
	db := filled(t, 5)
	var wg sync.WaitGroup
	var most atomic.Int64
	for range 300 {
		wg.Go(func() {
			if _, err := count(t.Context(), db); err != nil {
				t.Error(err)
			}
			db.readers.mu.Lock()
			defer db.readers.mu.Unlock()
			most.Store(max(most.Load(), int64(db.readers.open)))
		})
	}
	wg.Wait()
	if n := most.Load(); n > 50 { // four, but for a machine that stands still now and then
		t.Errorf("300 reads opened %d connections", n)
	}
}

// TestReaderCannotConnect: one read fails because it cannot have a connection; the
// next ones do not wait for it.
func TestReaderCannotConnect(t *testing.T) {
	db := filled(t, 5, func(o *Options) { o.Readers = 1 })
	pool := db.readers.pool
	broken, err := newPool(source{path: db.path + ".none", query: map[string][]string{"mode": {"rw"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	db.readers.pool = broken
	for range 5 {
		if _, err := count(t.Context(), db); !errors.Is(Classify(err), ErrReadOnly) {
			t.Fatalf("no connection can be made: %v", err)
		}
	}
	db.readers.pool = pool
	if n, err := count(t.Context(), db); err != nil || n != 5 {
		t.Errorf("then: %d, %v", n, err)
	}
}

// TestReaderConnectionLost: what happened to a connection while it was idle, or in a
// read, is not the matter of the next read.
func TestReaderConnectionLost(t *testing.T) {
	db := filled(t, 5, func(o *Options) { o.Readers = 1 })
	for range *rounds {
		err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
			return errors.Join(tx.Get(ctx, new(int), sqlCount), tx.conn.Close())
		})
		if err != nil {
			t.Error(err)
		}
		if n, err := count(t.Context(), db); err != nil || n != 5 {
			t.Errorf("after one that was lost in a read: %d, %v", n, err)
		}
		<-db.readers.idle.some
		c := db.readers.idle.pop()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		db.readers.idle.push(c)
		if n, err := count(t.Context(), db); err != nil || n != 5 {
			t.Errorf("after one that was lost while idle: %d, %v", n, err)
		}
	}
}

// TestReaderLosesSnapshot: when SQLite gives up a snapshot, nothing is read outside
// of it.
func TestReaderLosesSnapshot(t *testing.T) {
	db := filled(t, 5)
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		if _, err := tx.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			return err
		}
		return tx.Get(ctx, new(int), sqlCount)
	})
	if !errors.Is(err, errRolledBack) {
		t.Errorf("a read without a snapshot: %v", err)
	}
	if n, err := count(t.Context(), db); err != nil || n != 5 {
		t.Errorf("after that: %d, %v", n, err)
	}
}

// TestPanicInRead: a read that panics, or ends its goroutine, gives its connection
// back.
func TestPanicInRead(t *testing.T) {
	db := filled(t, 3, func(o *Options) { o.Readers = 1 })
	for _, end := range []func(){func() { panic("crash") }, runtime.Goexit} {
		done := make(chan any)
		go func() {
			defer func() { done <- recover() }()
			_ = db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
				return each(ctx, tx, func(int) error { end(); return nil })
			})
		}()
		<-done
	}
	if n, err := count(t.Context(), db); err != nil || n != 3 {
		t.Errorf("after that: %d, %v", n, err)
	}
	if n := db.readers.open; n != 1 {
		t.Errorf("%d connections are open", n)
	}
}

// TestLimited: a statement that has given no row yet ends with its context, and
// the connection is as good as before.
func TestLimited(t *testing.T) {
	db := filled(t, 3, func(o *Options) { o.Readers = 1 })
	const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
	for range *rounds {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		begun := time.Now()
		err := db.View(ctx, func(ctx context.Context, tx *Tx) error {
			defer tx.Limited(ctx)()
			rows, err := tx.Query(ctx, sqlNumbers) // ends with the context, too
			if err != nil || !rows.Next() {
				return errors.Join(err, errors.New("no row"))
			}
			err = tx.Select(ctx, new([]int64), endless)
			for rows.Next() {
			}
			return errors.Join(err, rows.Err())
		})
		if cancel(); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 20*time.Second {
			t.Fatalf("after %v: %v", time.Since(begun), err)
		}
		if n, err := count(t.Context(), db); err != nil || n != 3 {
			t.Fatalf("after one that was ended: %d, %v", n, err)
		}
	}
	err := db.Do(t.Context(), func(ctx context.Context, tx *Tx) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		defer tx.Limited(ended)()
		return tx.Get(ctx, new(int), sqlCount)
	})
	if err != nil {
		t.Errorf("limited on the writer: %v", err)
	}
}

func TestCheck(t *testing.T) {
	path := numberFile(t)
	mine := errors.New("mine")
	for _, readOnly := range []bool{false, true} {
		for range 2 * *rounds {
			_, err := Open(t.Context(), path, Options{ReadOnly: readOnly, Check: func(ctx context.Context, c *sql.Conn) error {
				var n int
				return errors.Join(c.QueryRowContext(ctx, sqlCount).Scan(&n), mine)
			}})
			if !errors.Is(err, mine) {
				t.Errorf("the file is not as it should be: %v", err)
			}
		}
	}
}

// TestReadersTakeTheLast: reads that come one after the other use one connection, however
// many are idle, so that not each of them fills a cache of its own.
func TestReadersTakeTheLast(t *testing.T) {
	db := filled(t, 5, func(o *Options) { o.Readers = 4 })
	var read func(ctx context.Context, depth int) error
	read = func(_ context.Context, depth int) error {
		if depth == 0 {
			return nil
		}
		return db.readers.view(t.Context(), func(ctx context.Context, _ *Tx) error { return read(ctx, depth-1) })
	}
	if err := read(t.Context(), 4); err != nil || len(db.readers.idle.some) != 4 {
		t.Fatalf("%d connections are idle: %v", len(db.readers.idle.some), err)
	}
	used := map[*conn]bool{}
	for range 8 {
		err := db.View(t.Context(), func(_ context.Context, tx *Tx) error {
			used[tx.conn] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(used) != 1 {
		t.Errorf("8 reads in turn use %d connections", len(used))
	}
}
