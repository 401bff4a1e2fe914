package contents

import (
	"context"

	"taskstore/internal/sqlitedb"
)

// Stats counts the contents, and what keeping each of them once saves.
type Stats struct {
	Count        int64 `db:"count" json:"count"`           // distinct contents
	References   int64 `db:"refs" json:"references"`       // rows that need one, kept states apart
	LogicalBytes int64 `db:"logical" json:"logical_bytes"` // plain bytes, each content as often as it is needed
	UniqueBytes  int64 `db:"bytes" json:"unique_bytes"`    // plain bytes, each content once
	StoredBytes  int64 `db:"stored" json:"stored_bytes"`   // on disk
	Unreferenced int64 `db:"idle" json:"unreferenced"`     // contents that nothing needs
	IdleBytes    int64 `db:"idle_bytes" json:"unreferenced_bytes"`
	Trash        int64 `db:"-" json:"trash"`           // contents in the trash
	TrashBytes   int64 `db:"-" json:"trash_bytes"`     // on disk
	Problems     int64 `db:"problems" json:"problems"` // contents that were damaged or missing when they were last looked at
}

const sqlContentStats = `WITH refs AS MATERIALIZED (
    SELECT sha256, sum(role <> 'revision') AS n
    FROM v_blob_refs
    GROUP BY sha256
)
SELECT count(*) AS count, coalesce(sum(r.n), 0) AS refs, coalesce(sum(r.n * b.size), 0) AS logical,
    coalesce(sum(b.size), 0) AS bytes, coalesce(sum(b.stored), 0) AS stored,
    coalesce(sum(r.sha256 IS NULL), 0) AS idle, coalesce(sum(CASE WHEN r.sha256 IS NULL THEN b.stored END), 0) AS idle_bytes,
    (SELECT count(*) FROM blob_problems) AS problems
FROM blobs AS b
LEFT JOIN refs AS r ON r.sha256 = b.sha256`

// Stats counts the contents.
func (s *Handle) Stats(ctx context.Context) (st Stats, err error) {
	defer sqlitedb.Wrap(&err, "count the contents")
	if err := s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error { return q.Get(ctx, &st, sqlContentStats) }); err != nil {
		return st, err
	}
	trash, err := s.TrashTally(ctx)
	st.Trash, st.TrashBytes = trash.Count, trash.Bytes
	return st, err
}
