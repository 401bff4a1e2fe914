package repo

import (
	"context"
	"database/sql"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// revisionCols are the columns of a revision that its checksum covers: not its keys,
// which are others in a copy of the store.
var revisionCols = []schema.Column{{Name: "kind"}, {Name: "id"}, {Name: "rev"}, {Name: "part"}, {Name: "change"}, {Name: "origin"},
	{Name: "at"}, {Name: "source"}, {Name: "sha256"}, {Name: "encoding"}, {Name: "body"}}

// revisionSum is the checksum of a revision: of the values of revisionCols.
func revisionSum(vals ...any) int64 { return sumOf(revisionCols, vals, -1) }

// storedRevision is a revision as it stands in its table.
type storedRevision struct {
	Revision
	EntityID sql.NullString `db:"entity_id"` // NULL where the entity was gone before
	Encoding string         `db:"encoding"`
	Body     []byte         `db:"body"`
	Sum      sql.NullInt64  `db:"sum"`
}

func (row *storedRevision) sum() int64 {
	var id any
	if row.EntityID.Valid {
		id = row.EntityID.String
	}
	return revisionSum(row.Kind, id, row.Rev, row.Part, row.Change, row.Origin, string(row.At), row.Source, row.SHA256, row.Encoding, row.Body)
}

// sound says whether the revision is as it was when it got its checksum; one that has
// none yet passes.
func (row *storedRevision) sound() bool { return !row.Sum.Valid || row.Sum.Int64 == row.sum() }

const sqlSealRevision = `UPDATE revisions SET sum = ?
WHERE pk = ?`

// sealRevisions completes the revisions that have no checksum, with it and with notes of
// the contents that they need: those that triggers have kept of what other programs
// overwrote, and those from before there were checksums.
func sealRevisions(ctx context.Context, q *sqlitedb.Tx) error {
	type seal struct {
		pk, sum  int64
		contents []string
	}
	var list []seal
	err := eachRevision(ctx, q, "WHERE sum IS NULL", func(row *storedRevision) error {
		list = append(list, seal{row.PK, row.sum(), row.contents()})
		return nil
	})
	for _, l := range list {
		if err != nil {
			break
		}
		if _, err = q.Exec(ctx, sqlSealRevision, l.sum, l.pk); err == nil {
			err = noteContents(ctx, q, l.pk, l.contents)
		}
	}
	return err
}
