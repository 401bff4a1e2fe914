package repo

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// keepItem keeps one row of a child table as a revision.
func keepItem(ctx context.Context, q *sqlitedb.Tx, r *relation, c *child, pk int64, owner *schema.Head, change, origin string, now schema.Time) error {
	result, err := q.Query(ctx, c.sql.byPK, pk)
	if err != nil {
		return err
	}
	defer result.Close()
	if !result.Next() {
		return errors.Join(errNotFound, result.Err())
	}
	var pos int64
	var sum sql.NullInt64
	e := c.element()
	if err := result.Scan(newScanner(c.cols, nil, &pos, &sum).into(e)...); err != nil {
		return err
	}
	if err := result.Close(); err != nil {
		return err
	}
	text, err := schema.Encode(e.Addr().Interface(), schema.EncodeOptions{Refs: true})
	var rank int64
	if err == nil {
		err = q.Get(ctx, &rank, c.sql.rank, owner.PK, pos)
	}
	if err == nil {
		text, err = stateMark{Rank: &rank}.add(text)
	}
	if err != nil {
		return err
	}
	s := &state{kind: r.kind, id: owner.ID, owner: owner.PK, rev: owner.Rev, part: c.table, change: change, origin: origin}
	if s.packed, err = pack(text); err != nil {
		return err
	}
	return s.write(ctx, q, now)
}
