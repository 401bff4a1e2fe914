package repo

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Places of the columns of Head.
const (
	colPK, colRev, colSavedAt = 0, 2, 3
)

// present is the part of the row that changes without a save.
type present struct {
	PK    int64         `db:"pk"`
	Rev   int64         `db:"rev"`
	Lists schema.JSON   `db:"lists"`
	Sum   sql.NullInt64 `db:"sum"`

	Stale schema.JSON `db:"-"` // Lists before they were brought up to what another tool wrote; "" if it wrote nothing
}

func (r *relation) present(ctx context.Context, q *sqlitedb.Tx, id string) (p present, err error) {
	err = q.Get(ctx, &p, r.sql.present, id)
	if errors.Is(err, sql.ErrNoRows) {
		return p, errNotFound
	}
	if err == nil && !p.Sum.Valid {
		stale := p.Lists
		if err = r.seal(ctx, q, p.PK); err == nil {
			p, err = r.present(ctx, q, id)
			p.Stale = stale
		}
	}
	return p, err
}

// find reads what is needed of the row named id, without writing.
func (r *relation) find(ctx context.Context, q *sqlitedb.Tx, id string) (p present, err error) {
	err = q.Get(ctx, &p, r.sql.present, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNotFound
	}
	return p, err
}
