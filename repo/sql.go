package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
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
// Rows that it leaves without a checksum get one.
func (tx *Tx) WriteSQL(ctx context.Context, fn func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error) error {
	return sqlitedb.Classify(tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if err := fn(ctx, q, tx.now()); err != nil {
			return err
		}
		return rows.SealPlain(ctx, q)
	}))
}

// Stamp makes the revision and the time of a record what they were in the store that it
// comes from, for an import that has just saved it. A record that has come further here
// stays as it is, and so does everything with a revision of 0.
func (tx *Tx) Stamp(ctx context.Context, of Ref, rev int64, savedAt schema.Time) (err error) {
	defer sqlitedb.Wrap(&err, "set the revision of %v", of)
	if rev <= 0 {
		return nil
	}
	return tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if of.Kind == "setting" {
			return stampSetting(ctx, q, of.ID, rev, savedAt)
		}
		r, err := rows.RelationOf(of.Kind)
		if err != nil {
			return err
		}
		return restamp(ctx, q, r, of.ID, rev, savedAt)
	})
}

func stampSetting(ctx context.Context, q *sqlitedb.Tx, key string, rev int64, savedAt schema.Time) error {
	v, err := rows.GetSetting(ctx, q, key)
	if err != nil || v.Rev > rev {
		return err
	}
	v.Rev, v.SavedAt = rev, savedAt
	return rows.StampSetting(ctx, q, v)
}

func restamp(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, rev int64, savedAt schema.Time) error {
	p, err := r.Find(ctx, q, id)
	if err != nil || p.Rev > rev {
		return err
	}
	if err := r.Stamp(ctx, q, p.PK, rev, savedAt); err != nil {
		return err
	}
	return listing.MarkFacets(ctx, q, r.Kind, p.PK)
}
