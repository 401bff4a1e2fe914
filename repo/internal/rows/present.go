package rows

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Places of the columns of Head.
const (
	ColPK, ColRev, ColSavedAt = 0, 2, 3
)

// Present is the part of the row that changes without a save.
type Present struct {
	PK    int64         `db:"pk"`
	Rev   int64         `db:"rev"`
	Lists schema.JSON   `db:"lists"`
	Sum   sql.NullInt64 `db:"sum"`

	Stale schema.JSON `db:"-"` // Lists before they were brought up to what another tool wrote; "" if it wrote nothing
}

func (r *Relation) Present(ctx context.Context, q *sqlitedb.Tx, id string) (p Present, err error) {
	err = q.Get(ctx, &p, r.SQL.Present, id)
	if errors.Is(err, sql.ErrNoRows) {
		return p, ErrNotFound
	}
	if err == nil && !p.Sum.Valid {
		stale := p.Lists
		if err = r.Seal(ctx, q, p.PK); err == nil {
			p, err = r.Present(ctx, q, id)
			p.Stale = stale
		}
	}
	return p, err
}

// Find reads what is needed of the row named id, without writing.
func (r *Relation) Find(ctx context.Context, q *sqlitedb.Tx, id string) (p Present, err error) {
	err = q.Get(ctx, &p, r.SQL.Present, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return p, err
}
