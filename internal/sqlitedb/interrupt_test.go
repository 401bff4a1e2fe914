package sqlitedb

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestReadIsInterrupted: the end of its context ends a read in the middle of a statement, however
// it is run, and the connection is as good as before.
func TestReadIsInterrupted(t *testing.T) {
	db := filled(t, 3)
	const endless = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
	for name, read := range map[string]func(context.Context, *Tx) error{
		"get": func(ctx context.Context, tx *Tx) error {
			return tx.Get(context.WithoutCancel(ctx), new(int64), endless)
		},
		"each": func(ctx context.Context, tx *Tx) error {
			return tx.Each(context.WithoutCancel(ctx), endless, nil, func(*Row) error { return nil })
		},
	} {
		for way, run := range map[string]func(context.Context) error{
			"view": func(ctx context.Context) error { return db.View(ctx, read) },
			"same": func(ctx context.Context) error {
				return db.Same(ctx, 2, func(ctx context.Context, txs []*Tx) error { return read(ctx, txs[1]) })
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			begun := time.Now()
			if err := run(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 5*time.Second {
				t.Errorf("%s, %s: %v after %v", name, way, err, time.Since(begun))
			}
			cancel()
		}
	}
	if err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error { return tx.Get(ctx, new(int), sqlCount) }); err != nil {
		t.Error(err)
	}
}
