package repo

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
)

// OriginRestore is the origin of what a restore of single records overwrites.
const OriginRestore = "restore"

// BringBack makes an entity what v is, in one transaction: v comes from a backup,
// read in Full. What is there is kept as a revision, whatever its revision is; an
// entity that is gone is added, and its revisions go on. It tells whether that
// changed anything, and sets the head of v as Save does.
func (c Collection[T]) BringBack(ctx context.Context, v *T) (changed bool, err error) {
	head := c.r.Head(v)
	was := *head
	defer sqlitedb.Wrap(&err, "bring back %s %q", c.r.Kind, head.ID)
	defer func() {
		if err != nil {
			*head = was
		}
	}()
	if history.OriginOf(ctx) == OriginProgram {
		ctx = WithOrigin(ctx, OriginRestore)
	}
	err = c.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		head.PK, head.Rev, head.Lists = 0, 0, ""
		now, err := c.r.Present(ctx, q, head.ID)
		if err == nil {
			head.PK, head.Rev, head.Lists = now.PK, now.Rev, now.Lists
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := (Collection[T]{in: within{q, c.in}, r: c.r}).save(ctx, "restore", v); err != nil {
			return err
		}
		changed = head.Rev != now.Rev
		return nil
	})
	return changed, err
}

// Mark tells states of an entity apart: equal marks are equal states.
type Mark struct {
	ID    string `db:"id"`
	Rev   int64  `db:"rev"`
	Sum   int64  `db:"sum"`
	Lists string `db:"lists"`
	Trash bool   `db:"trash"`
}

// Marks gives the marks of all entities of the collection, in the trash or not, by
// id. What another tool wrote has Sum 0 until it is sealed, and is equal to nothing.
func (c Collection[T]) Marks(ctx context.Context) (marks map[string]Mark, err error) {
	defer sqlitedb.Wrap(&err, "read the states of %s", c.r.Name)
	marks = map[string]Mark{}
	return marks, c.in.Read(ctx, func(q *sqlitedb.Tx) error {
		result, err := q.Query(ctx, "SELECT id, rev, coalesce(sum, 0) AS sum, lists, trashed_at IS NOT NULL AS trash FROM "+c.r.Name)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var m Mark
			if err := result.StructScan(&m); err != nil {
				return err
			}
			marks[m.ID] = m
		}
		return errors.Join(result.Err(), result.Close())
	})
}

// Title is what lists call an entity.
func (c Collection[T]) Title(ctx context.Context, id string) (title string, err error) {
	defer sqlitedb.Wrap(&err, "read the title of %s %q", c.r.Kind, id)
	err = c.in.Read(ctx, func(q *sqlitedb.Tx) error {
		err := q.Get(ctx, &title, "SELECT coalesce("+c.r.Title+", '') FROM "+c.r.Name+" AS e WHERE id = ?", id)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		return err
	})
	return title, err
}
