package ledger

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/schema"
)

// Record says where one record of a source went.
type Record struct {
	File        string `db:"file"`
	Pointer     string `db:"pointer"`
	Collection  string `db:"collection"`
	ID          string `db:"id"`
	SHA256      string `db:"sha256"`
	Disposition string `db:"disposition"` // live, recovered, revision, duplicate or quarantined
	// Of a record that is live or recovered: the rank and time of its source,
	// and the revision that the import made of it.
	Rank int64 `db:"rank"`
	Time int64 `db:"time"` // ms since 1970; 0 unknown
	Rev  int64 `db:"rev"`
}

// AddRecords notes where records of a source went. What was noted first stays, but for
// what is noted of a record that an import of the same source has written once more.
func (l Ledger) AddRecords(ctx context.Context, run int64, records ...Record) (err error) {
	defer sqlitedb.Wrap(&err, "note where %d records went", len(records))
	return l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		for _, r := range records {
			_, err := c.Exec(ctx, `INSERT INTO legacy_records (run_pk, file, pointer, collection, id, sha256, disposition, rank, time, rev)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_pk, file, pointer) DO UPDATE SET disposition = excluded.disposition, rank = excluded.rank, time = excluded.time, rev = excluded.rev, sum = NULL
WHERE excluded.rev > legacy_records.rev`,
				run, r.File, r.Pointer, r.Collection, r.ID, r.SHA256, r.Disposition, r.Rank, r.Time, r.Rev)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Record reads where a record went. It was not noted: repo.ErrNotFound.
func (l Ledger) Record(ctx context.Context, run int64, file, pointer string) (r Record, err error) {
	defer sqlitedb.Wrap(&err, "look for record %s of %s", pointer, file)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &r, recordColumns+"WHERE run_pk = ? AND file = ? AND pointer = ?", run, file, pointer)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = repo.ErrNotFound
	}
	return r, err
}

const recordColumns = `SELECT file, pointer, collection, id, sha256, disposition, rank, time, rev
FROM legacy_records
`

// Origin reads the record that an entity was last imported from. It was not
// imported: repo.ErrNotFound.
func (l Ledger) Origin(ctx context.Context, collection, id string) (r Record, err error) {
	defer sqlitedb.Wrap(&err, "look for the source of %s %q", collection, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &r, recordColumns+"WHERE collection = ? AND id = ? AND rev > 0\nORDER BY rev DESC, run_pk DESC\nLIMIT 1", collection, id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = repo.ErrNotFound
	}
	return r, err
}

// HasRecord tells whether a record with this hash was ever read from a source.
func (l Ledger) HasRecord(ctx context.Context, collection, id, sha256 string) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a record of %s %q", collection, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM legacy_records WHERE collection = ? AND id = ? AND sha256 = ?)", collection, id, sha256)
	})
	return has, err
}

// Stood tells whether a record with this hash was ever more than a version: it was
// the store's record once, or the store's record held all of it.
func (l Ledger) Stood(ctx context.Context, collection, id, sha256 string) (stood bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a record of %s %q", collection, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &stood, "SELECT EXISTS (SELECT 1 FROM legacy_records WHERE collection = ? AND id = ? AND sha256 = ? AND disposition <> 'revision')",
			collection, id, sha256)
	})
	return stood, err
}

// RecordsBetween reads where the records of a collection went whose ids are from
// and to, or between them.
func (l Ledger) RecordsBetween(ctx context.Context, run int64, collection, from, to string) (list []Record, err error) {
	defer sqlitedb.Wrap(&err, "look for the records of %s", collection)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &list, recordColumns+"WHERE collection = ? AND id BETWEEN ? AND ? AND +run_pk = ?", collection, from, to, run)
	})
	return list, err
}
