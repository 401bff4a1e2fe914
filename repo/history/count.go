package history

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// How many revisions of each record are kept is counted beside them, so that one that is
// gone as a whole row is missed. Whoever writes or ends one counts; what the triggers of
// other programs' writes keep, triggers count.

const (
	sqlCount = `INSERT INTO revision_counts (kind, id, kept)
VALUES (?, coalesce(?, ''), 1)
ON CONFLICT (kind, id) DO UPDATE SET kept = kept + 1`
	sqlCountPruned = `INSERT INTO revision_counts (kind, id, kept, pruned, pruned_to)
SELECT kind, coalesce(id, ''), -count(*), count(*), max(at)
FROM revisions
WHERE at < ? AND origin <> 'import'
GROUP BY 1, 2
ON CONFLICT (kind, id) DO UPDATE SET kept = kept + excluded.kept, pruned = pruned + excluded.pruned,
    pruned_to = max(coalesce(pruned_to, ''), excluded.pruned_to)`
	sqlUncount = `DELETE FROM revision_counts
WHERE kind = ? AND id = ?`
)

// count notes one more revision of a record; id is nil where nobody knows it.
func count(ctx context.Context, q sqlitedb.Conn, kind, id any) error {
	_, err := q.Exec(ctx, sqlCount, kind, id)
	return err
}

// Miscount is a record of which not as many revisions are there as were kept.
type Miscount struct {
	Kind string `db:"kind"`
	ID   string `db:"id"` // "" of all whose entity was gone before
	Kept int64  `db:"kept"`
	Is   int64  `db:"n"`
}

const sqlMiscounts = `WITH is_there AS MATERIALIZED (
    SELECT kind, coalesce(id, '') AS id, count(*) AS n
    FROM revisions
    GROUP BY 1, 2
)
SELECT c.kind, c.id, c.kept, coalesce(r.n, 0) AS n
FROM revision_counts AS c
LEFT JOIN is_there AS r ON r.kind = c.kind AND r.id = c.id
WHERE c.kept <> coalesce(r.n, 0)
UNION ALL
SELECT r.kind, r.id, 0, r.n
FROM is_there AS r
WHERE NOT EXISTS (SELECT 1 FROM revision_counts AS c WHERE c.kind = r.kind AND c.id = r.id)`

// Miscounts lists the records of which revisions are gone, or there without being counted.
func Miscounts(ctx context.Context, q sqlitedb.Conn) (list []Miscount, err error) {
	err = q.Select(ctx, &list, sqlMiscounts)
	return list, err
}

// Recount counts what is there of a record, and notes how many were lost.
func Recount(ctx context.Context, q sqlitedb.Conn, m Miscount) error {
	_, err := q.Exec(ctx, `INSERT INTO revision_counts (kind, id, kept, lost)
VALUES (?, ?, ?, 0)
ON CONFLICT (kind, id) DO UPDATE SET kept = excluded.kept, lost = lost + ?`, m.Kind, m.ID, m.Is, max(m.Kept-m.Is, 0))
	return err
}

// LeaveDamaged notes that a revision is damaged and stays as it is: nothing can put a past
// state right, and whoever reads it is told.
func LeaveDamaged(ctx context.Context, q sqlitedb.Conn, pk int64, now schema.Time) error {
	_, err := q.Exec(ctx, "UPDATE revisions\nSET damaged = ?\nWHERE pk = ? AND damaged IS NULL", string(now), pk)
	return err
}

// Counted is how many revisions of a record are kept, and are not any more.
type Counted struct {
	Kept     int64       `json:"kept"`
	Pruned   int64       `json:"pruned"`              // that retention has removed
	PrunedTo schema.Time `json:"pruned_to,omitempty"` // when the latest of these had ended
	Missing  int64       `json:"missing"`             // that are gone without that
}

// CountedOf tells how many revisions of a record are kept, and where the others are.
func CountedOf(ctx context.Context, q *sqlitedb.Tx, kind, id string) (c Counted, err error) {
	if err := q.Get(ctx, &c.Kept, "SELECT count(*)\nFROM revisions\nWHERE kind = ? AND id = ?", kind, id); err != nil {
		return c, err
	}
	err = q.Each(ctx, "SELECT pruned, coalesce(pruned_to, ''), lost + max(kept - ?, 0)\nFROM revision_counts\nWHERE kind = ? AND id = ?",
		[]any{c.Kept, kind, id}, func(row *sqlitedb.Row) error {
			c.Pruned, c.PrunedTo, c.Missing = row.Int(0), schema.Time(row.Text(1)), row.Int(2)
			return nil
		})
	return c, err
}
