package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// A few packages keep tables of their own in the file of a store, which no repository
// shows: importexport/ledger what imports have read, and importexport/archive moves the
// rows of such tables between stores. ReadSQL and WriteSQL are for them alone, and a test
// holds that. Everything else goes through the repositories, which know what a write must
// note beside its rows.

// ReadSQL runs fn with what reads in the transaction. It serves the packages of this
// module that keep tables of their own.
func (tx *Tx) ReadSQL(fn func(sqlitedb.Conn) error) error {
	return sqlitedb.Classify(fn(tx.q))
}

// WriteSQL runs fn with what writes in the transaction, and with the time, as one call:
// if it fails, nothing of it stays. It serves the packages of this module that keep tables
// of their own, and these write no other tables with it: those have their own writers.
func (tx *Tx) WriteSQL(ctx context.Context, fn func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error) error {
	return sqlitedb.Classify(tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return fn(ctx, q, tx.now()) }))
}
