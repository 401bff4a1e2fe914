package history

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// KeepItem keeps one row of a child table as a revision.
func KeepItem(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, c *rows.Child, pk int64, owner *schema.Head, change, origin string, now schema.Time) error {
	result, err := q.Query(ctx, c.SQL.ByPK, pk)
	if err != nil {
		return err
	}
	defer result.Close()
	if !result.Next() {
		return errors.Join(rows.ErrNotFound, result.Err())
	}
	var pos int64
	var sum sql.NullInt64
	e := c.Element()
	if err := result.Scan(rows.NewScanner(c.Cols, nil, &pos, &sum).Into(e)...); err != nil {
		return err
	}
	if err := result.Close(); err != nil {
		return err
	}
	text, err := schema.Encode(e.Addr().Interface(), schema.EncodeOptions{Refs: true})
	var rank int64
	if err == nil {
		err = q.Get(ctx, &rank, c.SQL.Rank, owner.PK, pos)
	}
	if err == nil {
		text, err = stateMark{Rank: &rank}.add(text)
	}
	if err != nil {
		return err
	}
	s := &State{Kind: r.Kind, Id: owner.ID, Owner: owner.PK, rev: owner.Rev, Part: c.Table, Change: change, Origin: origin}
	if s.Packed, err = Pack(text); err != nil {
		return err
	}
	return s.Write(ctx, q, now)
}
