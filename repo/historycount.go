package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
)

// Counted tells of the revisions of a record how many are kept, how many retention has removed,
// and how many are gone without that. All are 0 where nobody knows of the record.
func (h History) Counted(ctx context.Context, kind, id string) (c history.Counted, err error) {
	defer sqlitedb.Wrap(&err, "count the revisions of %s %q", kind, id)
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		c, err = history.CountedOf(ctx, q, kind, id)
		return err
	})
	return c, err
}
