package repo

import (
	"context"
	"encoding/json"

	"taskstore/internal/sqlitedb"
)

// What an import asks for many records at once.

// RecordsBetween reads where the records of a collection went whose ids are from
// and to, or between them.
func (l Legacy) RecordsBetween(ctx context.Context, run int64, collection, from, to string) (list []Record, err error) {
	defer sqlitedb.Wrap(&err, "look for the records of %s", collection)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, recordColumns+"WHERE collection = ? AND id BETWEEN ? AND ? AND +run_pk = ?", collection, from, to, run)
	})
	return list, err
}

// RemovedOf gives those of the ids that Removed tells of.
func (l Legacy) RemovedOf(ctx context.Context, kind string, ids []string) (removed map[string]bool, err error) {
	defer sqlitedb.Wrap(&err, "look for removed %s among %d", kind, len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var list []string
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, `SELECT i.value
FROM json_each(?) AS i
WHERE EXISTS (SELECT 1 FROM tombstones AS t WHERE t.kind = ? AND t.id = i.value)
OR EXISTS (SELECT 1 FROM revisions AS r WHERE r.kind = ? AND r.id = i.value AND r.part = '' AND r.change = 'delete')`, string(text), kind, kind)
	})
	removed = make(map[string]bool, len(list))
	for _, id := range list {
		removed[id] = true
	}
	return removed, err
}
