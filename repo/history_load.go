package repo

import (
	"context"
	"fmt"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// LoadRevision brings in a revision of another store, given by the columns of table
// revisions, and gives the key that it has here: its own, and that of its owner, are of
// the other store. The contents that its state names are noted with it. It keeps its
// checksum, so that a state that was damaged there is known as damaged here.
func (tx *Tx) LoadRevision(ctx context.Context, row map[string]any) (pk int64, err error) {
	defer sqlitedb.Wrap(&err, "load a revision")
	if err := knownColumns(row, append(rows.Names(history.RevisionCols), "pk", "owner_pk", "sum")); err != nil {
		return 0, err
	}
	vals := make([]any, len(history.RevisionCols))
	for i, c := range history.RevisionCols {
		vals[i] = row[c.Name]
	}
	err = tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		pk, err = history.InsertRevision(ctx, q, nil, row["sum"], vals, loadedState(row).Contents())
		return err
	})
	return pk, err
}

func loadedState(row map[string]any) *history.StoredRevision {
	s := new(history.StoredRevision)
	s.Kind, _ = row["kind"].(string)
	s.Encoding, _ = row["encoding"].(string)
	s.Row = s.Encoding == history.EncodingRow
	switch body := row["body"].(type) {
	case []byte:
		s.Body = body
	case string:
		s.Body = []byte(body)
	}
	return s
}

// knownColumns refuses a row with a value in a column that is not there.
func knownColumns(row map[string]any, known []string) error {
	for name, value := range row {
		if value != nil && !slices.Contains(known, name) {
			return fmt.Errorf("there is no column %s here: it comes from a newer store", name)
		}
	}
	return nil
}

// LoadContents notes contents that a loaded revision needs beside those that its state
// names.
func (tx *Tx) LoadContents(ctx context.Context, revision int64, sha256 ...string) (err error) {
	defer sqlitedb.Wrap(&err, "note the contents of a revision")
	return tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return history.NoteContents(ctx, q, revision, sha256) })
}

// LoadTombstone brings in that another store had purged an entity, up to revision rev.
// Where this store has a tombstone of it, the higher revision and the later time stay.
func (tx *Tx) LoadTombstone(ctx context.Context, of Ref, rev int64, at schema.Time) (err error) {
	defer sqlitedb.Wrap(&err, "load the tombstone of %v", of)
	return tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return history.Entomb(ctx, q, of.Kind, of.ID, rev, at)
	})
}
