package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

// wrongValues are values of other types than those that they go into.
var wrongValues = map[string]struct {
	text string
	dest func() any
}{
	"text to number":      {"SELECT 7 AS pk, 'x' AS n FROM number", func() any { return new(int64) }},
	"bytes to number":     {"SELECT 7 AS pk, x'00' AS n FROM number", func() any { return new(int64) }},
	"fraction to number":  {"SELECT 7 AS pk, 1.5 AS n FROM number", func() any { return new(int) }},
	"nothing to number":   {"SELECT 7 AS pk, NULL AS n FROM number", func() any { return new(int64) }},
	"number to text":      {"SELECT 7 AS pk, 1 AS n FROM number", func() any { return new(string) }},
	"bytes to text":       {"SELECT 7 AS pk, x'00' AS n FROM number", func() any { return new(string) }},
	"nothing to text":     {"SELECT 7 AS pk, NULL AS n FROM number", func() any { return new(string) }},
	"number to own text":  {"SELECT 7 AS pk, 1 AS n FROM number", func() any { return new(ownText) }},
	"text to own number":  {"SELECT 7 AS pk, 'x' AS n FROM number", func() any { return new(ownNumber) }},
	"text to fraction":    {"SELECT 7 AS pk, '1.5' AS n FROM number", func() any { return new(float64) }},
	"text to truth":       {"SELECT 7 AS pk, 'true' AS n FROM number", func() any { return new(bool) }},
	"text to null number": {"SELECT 7 AS pk, 'x' AS n FROM number", func() any { return new(sql.NullInt64) }},
	"number to null text": {"SELECT 7 AS pk, 1 AS n FROM number", func() any { return new(sql.NullString) }},
	"text to pointer":     {"SELECT 7 AS pk, 'x' AS n FROM number", func() any { return new(*int64) }},
	"number to bytes":     {"SELECT 7 AS pk, 1 AS n FROM number", func() any { return new([]byte) }},
}

type (
	ownText   string
	ownNumber int64
)

// TestWrongValues: a value of another type is damage, with its place; nothing panics and
// nothing waits.
func TestWrongValues(t *testing.T) {
	db := filled(t, 1)
	for name, c := range wrongValues {
		t.Run(name, func(t *testing.T) {
			err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
				rows, err := tx.Query(ctx, c.text)
				if err != nil {
					return err
				}
				defer rows.Close()
				if !rows.Next() {
					t.Fatal(rows.Err())
				}
				return rows.Scan(new(any), c.dest())
			})
			wantValueError(t, err)
		})
	}
}

func wantValueError(t *testing.T, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*ValueError](err)
	if !ok || !errors.Is(Classify(err), ErrCorrupt) || wrong.Table != "number" || wrong.PK != 7 || wrong.Column != "n" {
		t.Errorf("%#v, %v", wrong, err)
	}
}

// TestWrongValuesOfStructs: the same in all ways to read.
func TestWrongValuesOfStructs(t *testing.T) {
	db := filled(t, 1)
	type row struct {
		PK int64 `db:"pk"`
		N  int64 `db:"n"`
	}
	const wrong = "SELECT 7 AS pk, 'x' AS n FROM number"
	for name, read := range map[string]func(context.Context, *Tx) error{
		"get":    func(ctx context.Context, tx *Tx) error { return tx.Get(ctx, new(row), wrong) },
		"select": func(ctx context.Context, tx *Tx) error { return tx.Select(ctx, new([]row), wrong) },
		"struct": func(ctx context.Context, tx *Tx) error {
			rows, err := tx.Query(ctx, wrong)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return rows.StructScan(new(row))
		},
	} {
		t.Run(name, func(t *testing.T) { wantValueError(t, db.View(t.Context(), read)) })
	}
	bothWays(t, db, func(t *testing.T, ctx context.Context, tx *Tx) error {
		for _, ask := range []func(*Row){
			func(r *Row) { r.Int(1) }, func(r *Row) { r.Float(1) }, func(r *Row) { r.Text(2) }, func(r *Row) { r.View(2) },
		} {
			err := tx.Each(ctx, "SELECT 7 AS pk, 'x' AS n, 1 AS n FROM number", nil, func(r *Row) error { ask(r); return nil })
			wantValueError(t, err)
		}
		return nil
	})
}

// bang panics when it is given a value.
type bang struct{}

func (bang) Scan(any) error { panic("bang") }

// TestPanicInScan: the rows that are closed on the way out do not wait for the Scan.
func TestPanicInScan(t *testing.T) {
	db := filled(t, 1)
	ended := make(chan any)
	go func() {
		defer func() { ended <- recover() }()
		_ = db.View(context.Background(), func(ctx context.Context, tx *Tx) error {
			rows, err := tx.Query(ctx, sqlNumbers)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return rows.Scan(bang{})
		})
	}()
	select {
	case v := <-ended:
		if v != "bang" {
			t.Errorf("ended with %v", v)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it hangs")
	}
}
