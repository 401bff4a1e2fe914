package repo

import (
	"context"
	"errors"

	"taskstore/schema"
)

// revisionCols are the columns of a kept state that its checksum covers: not its keys,
// which are others in a copy of the store.
var revisionCols = []schema.Column{{Name: "kind"}, {Name: "id"}, {Name: "rev"}, {Name: "part"}, {Name: "change"}, {Name: "origin"},
	{Name: "at"}, {Name: "source"}, {Name: "sha256"}, {Name: "encoding"}, {Name: "body"}}

// revisionSum is the checksum of a kept state: of the values of revisionCols.
func revisionSum(vals ...any) int64 { return sumOf(revisionCols, vals, -1) }

// sound says whether the state is as it was when it got its checksum; one that has none
// yet passes.
func (row *storedRevision) sound() bool {
	return !row.Sum.Valid || row.Sum.Int64 == revisionSum(row.Kind, row.ID, row.Rev, row.Part, row.Change, row.Origin,
		string(row.At), row.Source, row.SHA256, row.Encoding, row.Body)
}

const (
	sqlUnsealedRevisions = `SELECT pk, kind, id, rev, part, change, origin, at, source, sha256, encoding, body
FROM revisions
WHERE sum IS NULL
ORDER BY pk
LIMIT 500`
	sqlSealRevision = `UPDATE revisions SET sum = ?
WHERE pk = ?`
	sqlAllRevisions = `SELECT pk, kind, id, rev, part, change, origin, at, source, sha256, encoding, body, sum
FROM revisions
ORDER BY pk`
)

// sealRevisions gives the kept states that have none their checksums, a few at a time:
// those that triggers have kept of what other tools overwrote, and those from before
// there were any.
func sealRevisions(ctx context.Context, q execer) error {
	for {
		list, err := unsealedRevisions(ctx, q)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, vals := range list {
			if _, err := q.exec(ctx, sqlSealRevision, revisionSum(vals[1:]...), vals[0]); err != nil {
				return err
			}
		}
	}
}

func unsealedRevisions(ctx context.Context, q execer) (list [][]any, err error) {
	rows, err := q.query(ctx, sqlUnsealedRevisions)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err != nil {
			return nil, err
		}
		list = append(list, vals)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// revisions compares the checksum of every kept state with its row.
func (c *checker) revisions(ctx context.Context) error {
	return c.eachRow(ctx, sqlAllRevisions, func(vals []any) {
		last := len(vals) - 1
		if sum, sealed := vals[last].(int64); !sealed || revisionSum(vals[1:last]...) == sum {
			return
		}
		p := Problem{Area: AreaRows, Severity: SeverityError, Table: "revisions", Detail: "the kept state differs from its checksum", Fix: fixKept}
		p.PK, _ = vals[0].(int64)
		p.Kind, _ = vals[1].(string)
		p.ID, _ = vals[2].(string)
		c.found(p)
	})
}
