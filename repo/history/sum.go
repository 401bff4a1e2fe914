package history

import (
	"context"
	"database/sql"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// revisionCols are the columns of a revision that its checksum covers: not its keys,
// which are others in a copy of the store.
var RevisionCols = []schema.Column{{Name: "kind"}, {Name: "id"}, {Name: "rev"}, {Name: "part"}, {Name: "change"}, {Name: "origin"},
	{Name: "at"}, {Name: "source"}, {Name: "sha256"}, {Name: "encoding"}, {Name: "body"}}

// RevisionSum is the checksum of a revision: of the values of revisionCols.
func RevisionSum(vals ...any) int64 { return rows.Sum(RevisionCols, vals, -1) }

// StoredRevision is a revision as it stands in its table.
type StoredRevision struct {
	Revision
	EntityID sql.NullString `db:"entity_id"` // NULL where the entity was gone before
	Encoding string         `db:"encoding"`
	Body     []byte         `db:"body"`
	BodyType string         `db:"body_type"` // as SQLite names it; "" where it was not read
	Sum      sql.NullInt64  `db:"sum"`
	Left     sql.NullString `db:"damaged"` // since when it is known to be damaged

	Unreadable error `db:"-"` // a value is not of its column's type
}

func (row *StoredRevision) sum() int64 {
	var id any
	if row.EntityID.Valid {
		id = row.EntityID.String
	}
	return RevisionSum(row.Kind, id, row.Rev, row.Part, row.Change, row.Origin, string(row.At), row.Source, row.SHA256, row.Encoding, row.Body)
}

// Sound says whether the revision is as it was when it got its checksum; one that has
// none passes: see rows.ReadVouched.
func (row *StoredRevision) Sound() bool {
	return row.Unreadable == nil && row.typed() && (!row.Sum.Valid || row.Sum.Int64 == row.sum())
}

// typed tells whether the state has the type of its encoding. The checksum is that of its bytes, which a flipped
// bit can make a text or a blob of; and the column takes values of any type.
func (row *StoredRevision) typed() bool {
	return row.BodyType == "" || row.BodyType == bodyType(row.Encoding)
}

func bodyType(encoding string) string {
	if encoding == encodingZstd {
		return "blob"
	}
	return "text"
}

// typedBody is the state as it is stored.
func (row *StoredRevision) typedBody() any {
	if bodyType(row.Encoding) == "blob" {
		return row.Body
	}
	return string(row.Body)
}

const sqlSealRevision = `UPDATE revisions SET sum = ?
WHERE pk = ?`

// sealRevisions completes the revisions that have no checksum, with it and with notes of
// the contents that they need: those that triggers have kept of what other programs
// overwrote, and those from before there were checksums. Those that are damaged it leaves.
func SealRevisions(ctx context.Context, q *sqlitedb.Tx) error {
	type seal struct {
		pk, sum  int64
		contents []string
	}
	var list []seal
	vouched, err := rows.ReadVouched(ctx, q, "revisions", "pk")
	if err != nil {
		return err
	}
	err = EachRevision(ctx, q, "WHERE sum IS NULL", func(row *StoredRevision) error {
		if row.Unreadable != nil || !vouched.Has(0, row.PK) {
			return nil // damaged: a check tells
		}
		list = append(list, seal{row.PK, row.sum(), row.Contents()})
		return nil
	})
	for _, l := range list {
		if err != nil {
			break
		}
		if _, err = q.Exec(ctx, sqlSealRevision, l.sum, l.pk); err == nil {
			err = NoteContents(ctx, q, l.pk, l.contents)
		}
	}
	return err
}
