package history

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// KeepItem keeps one row of a child table as a revision. n is how many rows the list has, -1 if the caller does not know.
func KeepItem(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, c *rows.Child, pk, n int64, owner *schema.Head, change, origin string, now schema.Time) error {
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
	if err == nil && change == "delete" { // one that was changed is found in the list
		text, err = addRank(ctx, q, c, owner.PK, pos, n, text)
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

// addRank notes in the state of an item how many stood before it, counted from the nearer end of the list where its
// length n is known: a long list is not read from one end to the other for one item.
func addRank(ctx context.Context, q *sqlitedb.Tx, c *rows.Child, owner, pos, n int64, text []byte) ([]byte, error) {
	var rank int64
	if n < 0 || pos < n/2 {
		if err := q.Get(ctx, &rank, c.SQL.Rank, owner, pos); err != nil {
			return nil, err
		}
	} else {
		if err := q.Get(ctx, &rank, c.SQL.After, owner, pos); err != nil {
			return nil, err
		}
		rank = n - 1 - rank
	}
	return stateMark{Rank: &rank}.add(text)
}
