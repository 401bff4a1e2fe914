package history

import (
	"context"
	"fmt"
	"time"

	"taskstore/internal/sqlitedb"
)

// How long overwritten and deleted states are kept is a fact of the store, so
// that every program keeps them as long.
const (
	// FactRetention is the key of the fact in the table store.
	FactRetention = "history_retention"

	sqlSetRetention   = "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = NULL"
	sqlAdoptRetention = "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO NOTHING"
)

// Retention is how long states are kept; 0 is for ever.
func Retention(ctx context.Context, q *sqlitedb.Tx) (time.Duration, error) {
	var found []string
	if err := q.Select(ctx, &found, "SELECT value\nFROM store\nWHERE key = ?", FactRetention); err != nil || len(found) == 0 {
		return 0, err
	}
	keep, err := time.ParseDuration(found[0])
	if err != nil || keep < 0 {
		return 0, fmt.Errorf("the retention in table store is %q: %w", found[0], sqlitedb.ErrCorrupt)
	}
	return keep, nil
}

// SetRetention says how long states are kept from now on.
func SetRetention(ctx context.Context, q *sqlitedb.Tx, keep time.Duration) error {
	_, err := q.Exec(ctx, sqlSetRetention, FactRetention, keep.String())
	return err
}

// AdoptRetention says so for a store that does not say it yet.
func AdoptRetention(ctx context.Context, q *sqlitedb.Tx, keep time.Duration) error {
	_, err := q.Exec(ctx, sqlAdoptRetention, FactRetention, keep.String())
	return err
}
