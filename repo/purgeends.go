package repo

import (
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// Ends says what a purge would end for good.
type Ends struct {
	Entities int   `json:"entities"`
	States   int   `json:"states"`   // kept states of them, items included
	Contents int   `json:"contents"` // contents that nothing else needs
	Bytes    int64 `json:"bytes"`    // of these
	// Referring are the live entities that link to them.
	Referring int `json:"referring"`
}

// PurgeEnds tells what purging entities would end. One that is not there is
// ErrNotFound.
func (h History) PurgeEnds(ctx context.Context, kind string, ids ...string) (e Ends, err error) {
	defer sqlitedb.Wrap(&err, "look at what a purge would end")
	err = h.s.Read(ctx, func(q *sqlitedb.Tx) error {
		r, err := rows.RelationOf(kind)
		if err != nil {
			return err
		}
		list := rows.JSONList(ids)
		for _, id := range ids {
			if _, err := r.Find(ctx, q, id); err != nil {
				sqlitedb.Wrap(&err, "%s %q", kind, id)
				return err
			}
		}
		e.Entities = len(ids)
		if err := q.Get(ctx, &e.States, "SELECT count(*)\nFROM revisions\nWHERE kind = ? AND id IN (SELECT value FROM json_each(?))", kind, list); err != nil {
			return err
		}
		var named struct {
			N     int   `db:"n"`
			Bytes int64 `db:"bytes"`
		}
		if err := q.Get(ctx, &named, sqlOnlyHere, list, kind, kind, list); err != nil {
			return err
		}
		e.Contents, e.Bytes = named.N, named.Bytes
		return countReferring(ctx, q, r, list, &e.Referring)
	})
	return e, err
}

// sqlOnlyHere counts the contents that some entities need and nothing else does.
const sqlOnlyHere = `WITH refs AS (
    SELECT sha256, kind, id FROM v_blob_refs
), theirs AS (
    SELECT DISTINCT sha256 FROM refs WHERE id IN (SELECT value FROM json_each(?)) AND kind = ?
)
SELECT count(*) AS n, coalesce(sum(b.size), 0) AS bytes
FROM theirs
JOIN blobs AS b ON b.sha256 = theirs.sha256
WHERE NOT EXISTS (SELECT 1 FROM refs WHERE refs.sha256 = theirs.sha256 AND NOT (refs.kind = ? AND refs.id IN (SELECT value FROM json_each(?))))`

func countReferring(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, list string, n *int) error {
	kinds := kindsOf(r.Kind)
	for _, other := range rows.Relations {
		if !search.HasLinks(other) {
			continue
		}
		var some int
		err := q.Get(ctx, &some, fmt.Sprintf(`SELECT count(DISTINCT e.pk)
FROM %[1]s_links AS l
JOIN %[2]s AS e ON e.pk = l.%[1]s_pk
WHERE l.id IN (SELECT value FROM json_each(?)) AND l.kind IN (?, ?) AND e.trashed_at IS NULL`, other.Kind, other.Name), list, kinds[0], kinds[1])
		if err != nil {
			return err
		}
		*n += some
	}
	return nil
}
