package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// bothWays runs fn on a connection that shows SQLite's own, and on one that does not.
func bothWays(t *testing.T, db *DB, fn func(t *testing.T, ctx context.Context, tx *Tx) error) {
	for _, way := range []string{"itself", "driver"} {
		t.Run(way, func(t *testing.T) {
			err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
				if tx.conn.handle == nil {
					t.Fatal("the driver's connection is not as expected")
				}
				if was := tx.conn.handle; way == "driver" {
					tx.conn.handle = nil
					defer func() { tx.conn.handle = was }()
				}
				return fn(t, ctx, tx)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEachValues: Each gives the values of all types as they are, also where there are
// none, and binds those that it is given.
func TestEachValues(t *testing.T) {
	db := filled(t, 1)
	long := strings.Repeat("ä", 100_000)
	bothWays(t, db, func(t *testing.T, ctx context.Context, tx *Tx) error {
		rows := 0
		err := tx.Each(ctx, "SELECT ?1, ?2, 2.5, NULL, '', 'a' || char(0) || 'b', ?3", []any{int64(-1 << 63), long, nil}, func(row *Row) error {
			rows++
			got := []any{row.Int(0), row.Text(1) == long, row.Float(2), row.Null(3), row.Text(3), row.Int(3), row.Null(4), row.Text(4), row.Text(5), row.Null(6)}
			want := []any{int64(-1 << 63), true, 2.5, true, "", int64(0), false, "", "a\x00b", true}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v, want %v", got, want)
			}
			return nil
		})
		if rows != 1 {
			t.Errorf("%d rows", rows)
		}
		// What Each does not bind itself is bound by the driver.
		return errors.Join(err, tx.Each(ctx, "SELECT ?", []any{2.5}, func(row *Row) error {
			if row.Float(0) != 2.5 {
				t.Error(row.Float(0))
			}
			return nil
		}))
	})
}

// TestEachInRow: the values of a row are looked at where SQLite has them, whatever they were made by.
func TestEachInRow(t *testing.T) {
	db := filled(t, 1)
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		const text = "SELECT 7, '12 apples', NULL, CAST(x'616263' AS TEXT), upper('long' || ?), n, 3.75 FROM number"
		return tx.Each(ctx, text, []any{"er"}, func(row *Row) error {
			if row.values == nil {
				t.Error("the values are not where they are looked for")
			}
			got := []any{row.Int(0), row.Text(1), row.Text(2), row.Int(2), row.Null(2), row.Text(3), row.Text(4), row.Null(5), row.Float(6)}
			want := []any{int64(7), "12 apples", "", int64(0), true, "abc", "LONGER", false, 3.75}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Errorf("%q, want %q", got, want)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// TestEachAllValues: Values gives all values of a row as they are stored, texts and blobs as bytes.
func TestEachAllValues(t *testing.T) {
	db := filled(t, 1)
	bothWays(t, db, func(t *testing.T, ctx context.Context, tx *Tx) error {
		rows := 0
		var vals []any
		err := tx.Each(ctx, "SELECT -7, 2.5, NULL, 'a' || char(0) || 'ä', '', x'00ff' UNION ALL SELECT '', x'', 1, 0.0, NULL, 9e99", nil, func(row *Row) error {
			vals = row.Values(vals[:0])
			want := []any{int64(-7), 2.5, nil, []byte("a\x00ä"), []byte{}, []byte{0, 255}}
			if rows++; rows == 2 {
				want = []any{[]byte{}, []byte{}, int64(1), 0.0, nil, 9e99}
			}
			if is, should := fmt.Sprintf("%T %v", vals, vals), fmt.Sprintf("%T %v", want, want); is != should || len(vals) != len(want) {
				t.Errorf("row %d is %s, not %s", rows, is, should)
			}
			for i := range vals {
				if is, should := fmt.Sprintf("%T", vals[i]), fmt.Sprintf("%T", want[i]); is != should {
					t.Errorf("row %d has a %s in column %d, not a %s", rows, is, i, should)
				}
			}
			return nil
		})
		if rows != 2 {
			t.Errorf("%d rows", rows)
		}
		return err
	})
}

// TestEachErrors: the errors are the driver's, before the first row and after it, and what
// fn and the context say ends the rows. The statement can be run again.
func TestEachErrors(t *testing.T) {
	db := filled(t, 3)
	bothWays(t, db, func(t *testing.T, ctx context.Context, tx *Tx) error {
		none := func(*Row) error { return nil }
		if err := tx.Each(ctx, "SELECT nothing FROM number", nil, none); !IsMistake(err) {
			t.Errorf("no such column: %v", err)
		}
		rows := 0
		const late = "SELECT CASE n WHEN 2 THEN json('{') ELSE n END FROM number ORDER BY n"
		if err := tx.Each(ctx, late, nil, func(*Row) error { rows++; return nil }); !IsMistake(err) || rows != 2 {
			t.Errorf("an error after %d rows: %v", rows, err)
		}
		enough := errors.New("enough")
		for range 2 {
			if err := tx.Each(ctx, sqlNumbers, nil, func(*Row) error { return enough }); !errors.Is(err, enough) {
				t.Error(err)
			}
		}
		ended, end := context.WithCancel(ctx)
		rows = 0
		if err := tx.Each(ended, "SELECT n FROM number", nil, func(*Row) error { rows++; end(); return nil }); !errors.Is(err, context.Canceled) || rows != 1 {
			t.Errorf("after the end of the context: %d rows, %v", rows, err)
		}
		return nil
	})
	var over *Tx
	if err := db.View(t.Context(), func(_ context.Context, tx *Tx) error { over = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := over.Each(t.Context(), "SELECT 1", nil, func(*Row) error { return nil }); !errors.Is(err, errOver) {
		t.Errorf("after the transaction: %v", err)
	}
}

// TestNoMutex: no connection has a mutex of SQLite, and each gets its own back to be freed.
func TestNoMutex(t *testing.T) {
	db := filled(t, 1)
	look := func(_ context.Context, tx *Tx) error {
		if is := tx.conn.handle.setMutex(0); is != 0 || tx.conn.mutex == 0 {
			return fmt.Errorf("mutex %#x, had %#x", is, tx.conn.mutex)
		}
		return nil
	}
	if err := errors.Join(db.View(t.Context(), look), db.Do(t.Context(), look)); err != nil {
		t.Error(err)
	}
}
