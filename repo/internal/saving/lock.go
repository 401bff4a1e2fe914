package saving

import (
	"context"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

const (
	sqlLock    = "SELECT coalesce(enrichment_lock, '')\nFROM sessions\nWHERE pk = ?"
	sqlSetLock = "UPDATE sessions\nSET enrichment_lock = ?, sum = ?\nWHERE pk = ?"
)

var lockColumn = slices.IndexFunc(rows.Sessions.Cols, func(c schema.Column) bool { return c.Name == "enrichment_lock" })

// ChangeLock changes the lock of a session, in the transaction of q. That is no new state
// of the session: it has no revision, and an open editor can save.
func ChangeLock(ctx context.Context, q *sqlitedb.Tx, id string, fn func(schema.JSON) (schema.JSON, error)) error {
	p, err := rows.Sessions.Present(ctx, q, id) // seals it
	if err != nil {
		return err
	}
	var old schema.JSON
	if err := q.Get(ctx, &old, sqlLock, p.PK); err != nil {
		return err
	}
	text, err := fn(old)
	if err != nil || text == old {
		return err
	}
	vals, err := rows.Sessions.RawRow(ctx, q, p.PK)
	if err != nil {
		return err
	}
	vals[lockColumn] = rows.OrNull(string(text))
	_, err = q.Exec(ctx, sqlSetLock, vals[lockColumn], rows.Sum(rows.Sessions.Cols, vals, -1), p.PK)
	return err
}

// keepLock makes a save of a session leave its lock as it is stored.
func (s *One) keepLock(ctx context.Context, q *sqlitedb.Tx, pk int64) error {
	if s.r != rows.Sessions || s.origin == history.OriginImport {
		return nil
	}
	var stored string
	if err := q.Get(ctx, &stored, sqlLock, pk); err != nil {
		return err
	}
	s.vals[lockColumn] = rows.OrNull(stored)
	return nil
}
