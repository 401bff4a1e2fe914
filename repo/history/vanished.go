package history

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Vanished is a record that is not there, of which revisions are, and that nobody has removed.
type Vanished struct {
	ID      string      `db:"id"`
	PK      int64       `db:"pk"`      // its row key, 0 unknown
	Trashed bool        `db:"trashed"` // it was in the trash
	Name    string      `db:"name"`    // of the newest state that is kept: see ParseRev
	At      schema.Time `db:"at"`      // when that ended
}

// VanishedOf lists the records of a kind that vanished. Revisions that a repair has left as damaged
// tell of none. Records that were purged, or that
// another tool has removed, did not.
func VanishedOf(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation) (list []Vanished, err error) {
	err = q.Select(ctx, &list, `WITH latest AS (
    SELECT id, max(pk) AS pk
    FROM revisions
    WHERE kind = ? AND id IS NOT NULL AND part = '' AND damaged IS NULL
    GROUP BY id
)
SELECT r.id, coalesce(r.owner_pk, 0) AS pk, r.change = 'delete' AS trashed, r.at,
    CASE WHEN r.change = '`+ChangeMerge+`' THEN 'v' || r.pk ELSE CAST(r.rev AS TEXT) END AS name
FROM latest AS l
JOIN revisions AS r ON r.pk = l.pk
WHERE NOT (r.change = 'delete' AND r.origin = '`+OriginForeign+`')
    AND NOT EXISTS (SELECT 1 FROM `+r.Name+` AS e WHERE e.id = r.id)
    AND NOT EXISTS (SELECT 1 FROM tombstones AS t WHERE t.kind = ? AND t.id = r.id)
ORDER BY r.id`, r.Kind, r.Kind)
	return list, err
}
