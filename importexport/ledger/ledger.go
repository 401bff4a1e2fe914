// Package ledger is a store's record of imports: which sources were read, where each
// record of them went, which versions lost a merge, and what could not be read and is kept
// in quarantine, byte for byte.
//
// It owns the tables legacy_runs, legacy_files, legacy_steps, legacy_records and
// quarantine; versions go into the history of their records. Whatever is noted again
// changes nothing, so that an import that was interrupted can begin anew. How an import
// reads, merges and decides is left to the imports.
package ledger

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/schema"
)

// Ledger is the record of imports of one store.
type Ledger struct{ in scope }

// Of gives the record of imports of a store. Each call is a transaction of its own.
func Of(s *repo.Store) Ledger { return Ledger{ofStore{s}} }

// In gives the record of imports within a transaction.
func In(tx *repo.Tx) Ledger { return Ledger{inTx{tx}} }

// scope is where a ledger works: a store, or a transaction of it.
type scope interface {
	read(ctx context.Context, fn func(sqlitedb.Conn) error) error
	write(ctx context.Context, fn func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error) error
}

type inTx struct{ tx *repo.Tx }

func (t inTx) read(_ context.Context, fn func(sqlitedb.Conn) error) error { return t.tx.ReadSQL(fn) }

func (t inTx) write(ctx context.Context, fn func(context.Context, sqlitedb.Conn, schema.Time) error) error {
	return t.tx.WriteSQL(ctx, fn)
}

type ofStore struct{ s *repo.Store }

func (s ofStore) read(ctx context.Context, fn func(sqlitedb.Conn) error) error {
	return s.s.View(ctx, func(_ context.Context, tx *repo.Tx) error { return tx.ReadSQL(fn) })
}

func (s ofStore) write(ctx context.Context, fn func(context.Context, sqlitedb.Conn, schema.Time) error) error {
	return s.s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error { return tx.WriteSQL(ctx, fn) })
}
