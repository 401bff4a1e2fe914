package sqlitedb

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
)

// Scratch runs fn in an empty database of its own, which SQLite keeps in memory or
// in a file without a name, and which ends with fn. It can be written to.
func Scratch(ctx context.Context, fn func(context.Context, *Tx) error) (err error) {
	Prepare(nil)
	pool, err := sqlx.Open(driverName, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxIdleConns(0)
	c, err := connect(ctx, pool, sqlBeginRead)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if _, err := c.ExecContext(ctx, "PRAGMA journal_mode = OFF"); err != nil {
		return err
	}
	if err := c.begin(sqlBeginRead); err != nil {
		return err
	}
	tx := &Tx{conn: c, writes: true}
	defer tx.end()
	return fn(ctx, tx)
}
