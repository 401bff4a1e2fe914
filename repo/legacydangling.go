package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
)

// Dangling lists the references of the records of an import to things that are
// not in the store: links, and attachments (one line for each list of a session).
func (l Legacy) Dangling(ctx context.Context, run int64) (list []Dangling, err error) {
	defer sqlitedb.Wrap(&err, "look for references of import %d that dangle", run)
	err = l.in.read(ctx, func(q *sqlitedb.Tx) error {
		for _, r := range relations {
			if !hasLinks(r) {
				continue
			}
			if err := danglingOf(ctx, q, r, run, func(d Dangling) error { list = append(list, d); return ctx.Err() }); err != nil {
				return err
			}
		}
		var more []Dangling
		if err := q.Select(ctx, &more, sqlNoAttachment, run); err != nil {
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
