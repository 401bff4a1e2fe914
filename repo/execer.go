package repo

import (
	"context"
	"database/sql"

	"taskstore/internal/sqlitedb"
)

// execer runs SQL inside one transaction.
type execer struct{ *sqlitedb.Tx }

func (x execer) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return x.Exec(ctx, text, args...)
}

func (x execer) get(ctx context.Context, dest any, text string, args ...any) error {
	return x.Get(ctx, dest, text, args...)
}

func (x execer) sel(ctx context.Context, dest any, text string, args ...any) error {
	return x.Select(ctx, dest, text, args...)
}

func (x execer) query(ctx context.Context, text string, args ...any) (*sqlitedb.Rows, error) {
	return x.Query(ctx, text, args...)
}
