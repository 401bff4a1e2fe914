package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Stamp makes the revision and the time of a record what they were in the store that it
// comes from, for an import that has just saved it. A record that has come further here
// stays as it is, and so does everything with a revision of 0.
func (tx *Tx) Stamp(ctx context.Context, of Ref, rev int64, savedAt schema.Time) (err error) {
	defer sqlitedb.Wrap(&err, "set the revision of %v", of)
	if rev <= 0 {
		return nil
	}
	return tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
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
	return r.Stamp(ctx, q, p.PK, rev, savedAt)
}
