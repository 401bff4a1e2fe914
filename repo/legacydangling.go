package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// Dangling lists the references of the records of an import to things that are
// not in the store: links, and attachments (one line for each list of a session).
func (l Legacy) Dangling(ctx context.Context, run int64) (list []check.Dangling, err error) {
	defer sqlitedb.Wrap(&err, "look for references of import %d that dangle", run)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		for _, r := range rows.Relations {
			if !search.HasLinks(r) {
				continue
			}
			if err := check.DanglingOf(ctx, q, r, run, func(d check.Dangling) error { list = append(list, d); return ctx.Err() }); err != nil {
				return err
			}
		}
		var more []check.Dangling
		if err := q.Select(ctx, &more, check.SqlNoAttachment, run); err != nil {
			return err
		}
		for _, d := range more {
			if d.File != "" {
				list = append(list, d)
			}
		}
		return nil
	})
	return list, err
}
