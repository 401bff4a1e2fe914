package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

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
		func() {
			defer func() { _ = recover() }()
			_ = Whole(ctx, tx, func(ctx context.Context) error { panic(add(12)(ctx, tx)) })
		}()
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
