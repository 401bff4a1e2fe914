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
		if r.open > cap(r.idle) || r.open != len(r.idle) {
			t.Errorf("%d connections stay open, %d of them idle", r.open, len(r.idle))
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
		c := <-db.readers.idle
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		db.readers.idle <- c
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

// TestNestedRows: the same text is run inside its own rows, on readers and on the
// writer.
func TestNestedRows(t *testing.T) {
	db := filled(t, 4)
	triples := func(ctx context.Context, tx *Tx) error {
		n := 0
		err := each(ctx, tx, func(int) error {
			return each(ctx, tx, func(int) error {
				return errors.Join(tx.Get(ctx, new(int), sqlNumbers), each(ctx, tx, func(int) error { n++; return nil }))
			})
		})
		if err == nil && n != 4*4*4 {
			err = fmt.Errorf("%d triples", n)
		}
		if len(tx.open) != 0 {
			t.Errorf("%d rows are open", len(tx.open))
		}
		return err
	}
	for what, run := range map[string]func(context.Context, func(context.Context, *Tx) error) error{"view": db.View, "do": db.Do, "update": db.Update} {
		if err := run(t.Context(), triples); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestEviction: rows stay good while more texts are run than are kept, also on the
// writer, and what is kept is bounded.
func TestEviction(t *testing.T) {
	db := filled(t, 3)
	many := func(ctx context.Context, tx *Tx) error {
		i, n := 0, 0
		err := each(ctx, tx, func(int) error {
			n++
			for range maxStatements + 10 {
				i++
				if err := tx.Get(ctx, new(int), fmt.Sprint("SELECT ", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if kept := len(tx.conn.cache.byText); n != 3 || kept > maxStatements || kept != tx.conn.cache.recent.Len() {
			t.Errorf("%d rows; %d statements are kept", n, kept)
		}
		return err
	}
	if err := errors.Join(db.View(t.Context(), many), db.Do(t.Context(), many), db.Do(t.Context(), add(100))); err != nil {
		t.Error(err)
	}
}

// TestManyRowsOpen: more rows are open at once than statements are kept.
func TestManyRowsOpen(t *testing.T) {
	db := filled(t, 2)
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		var open []*Rows
		for i := range maxStatements + 20 {
			rows, err := tx.Query(ctx, fmt.Sprint("SELECT n + ", i, " FROM number ORDER BY n"))
			if err != nil || !rows.Next() {
				return fmt.Errorf("rows %d: %w", i, err)
			}
			open = append(open, rows)
		}
		for i, rows := range open {
			var n int
			if err := rows.Scan(&n); err != nil || n != i || !rows.Next() || rows.Next() || rows.Err() != nil {
				return fmt.Errorf("rows %d: %d, %w", i, n, errors.Join(err, rows.Err()))
			}
		}
		if n := len(tx.conn.cache.byText); n > maxStatements {
			t.Errorf("%d statements are kept", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRowsAfterTheEnd: rows and a transaction that outlive their callback say so.
func TestRowsAfterTheEnd(t *testing.T) {
	db := filled(t, 100)
	for what, run := range map[string]func(context.Context, func(context.Context, *Tx) error) error{"view": db.View, "do": db.Do, "update": db.Update} {
		var rows, done *Rows
		var kept *Tx
		err := run(t.Context(), func(ctx context.Context, tx *Tx) (err error) {
			if done, err = tx.Query(ctx, sqlNumbers); err != nil {
				return err
			}
			for done.Next() {
			}
			kept = tx
			rows, err = tx.Query(ctx, sqlNumbers)
			rows.Next()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() || !errors.Is(rows.Err(), errOver) || rows.Scan(new(int)) == nil || rows.Close() != nil {
			t.Errorf("%s: rows after the end: %v", what, rows.Err())
		}
		if done.Err() != nil {
			t.Errorf("%s: rows that were read: %v", what, done.Err())
		}
		if err := kept.Get(t.Context(), new(int), sqlCount); !errors.Is(err, errOver) {
			t.Errorf("%s: a read after the end: %v", what, err)
		}
	}
}

// TestRowsWhileTheirTransactionEnds: other goroutines are reading when the callback
// returns.
func TestRowsWhileTheirTransactionEnds(t *testing.T) {
	db := filled(t, 1000)
	for range *rounds {
		for _, run := range []func(context.Context, func(context.Context, *Tx) error) error{db.View, db.Update} {
			var wg sync.WaitGroup
			var begun atomic.Int64
			err := run(t.Context(), func(ctx context.Context, tx *Tx) error {
				for range 8 {
					wg.Go(func() {
						for {
							err := each(ctx, tx, func(int) error { begun.Add(1); return nil })
							if errors.Is(err, errOver) {
								return
							}
							if err != nil {
								t.Errorf("rows whose transaction ends: %v", err)
								return
							}
						}
					})
				}
				for begun.Load() < 100 {
					runtime.Gosched()
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			wg.Wait()
		}
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

func TestWhole(t *testing.T) {
	db := filled(t, 1)
	mine := errors.New("mine")
	err := db.Update(t.Context(), func(ctx context.Context, tx *Tx) error {
		failed := Whole(ctx, tx, func(ctx context.Context) error {
			inner := Whole(ctx, tx, func(ctx context.Context) error { return add(10)(ctx, tx) })
			return errors.Join(inner, add(11)(ctx, tx), mine)
		})
		if !errors.Is(failed, mine) {
			t.Errorf("a part that fails: %v", failed)
		}
		return Whole(ctx, tx, func(ctx context.Context) error { return add(1)(ctx, tx) })
	})
	if err != nil {
		t.Error(err)
	}
	wantNumbers(t, db.path, 0, 1)
}

func TestMaintain(t *testing.T) {
	db := filled(t, 3)
	if err := db.Maintain(t.Context(), "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Error(err)
	}
	if err := db.Maintain(t.Context(), "VACUUM oops"); !IsMistake(err) {
		t.Errorf("a mistake: %v", err)
	}
	wantNumbers(t, db.path, 0, 1, 2)
}

func TestScratch(t *testing.T) {
	err := Scratch(t.Context(), func(ctx context.Context, tx *Tx) error {
		var n int
		_, err := tx.Exec(ctx, "CREATE TABLE here (n)")
		return errors.Join(err, tx.Get(ctx, &n, "SELECT count(*) FROM here"))
	})
	if err != nil {
		t.Error(err)
	}
	err = Scratch(t.Context(), func(ctx context.Context, tx *Tx) error {
		return tx.Get(ctx, new(int), "SELECT count(*) FROM here")
	})
	if !IsMistake(err) {
		t.Errorf("another one: %v", err)
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
