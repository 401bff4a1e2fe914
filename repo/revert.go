package repo

import (
	"context"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
)

// History gives the kept states of an entity, the latest first, with what was
// kept of its items. It is empty for an entity that never changed.
func (c Collection[T]) History(ctx context.Context, id string) (list []Revision, err error) {
	defer sqlitedb.Wrap(&err, "read the history of %s %q", c.r.Kind, id)
	err = c.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		list, err = history.States(ctx, q, c.r.Kind, id)
		return err
	})
	return list, err
}

// Changes gives the history of an entity, the latest change first: the states it
// had, items of its long lists, and the versions that imports kept. Of long
// lists only items that were changed or removed are compared. An entity that is
// not there any more has a history until it is purged; without either it is
// ErrNotFound, or a *PurgedError.
func (c Collection[T]) Changes(ctx context.Context, id string) (list []Change, err error) {
	defer sqlitedb.Wrap(&err, "read the history of %s %q", c.r.Kind, id)
	err = c.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		list, err = history.Changes(ctx, q, c.r, id)
		return err
	})
	return list, err
}

// At gives an entity as it was as a revision, or as a kept version of it. Of
// long lists it has the items that were changed or removed since as they were,
// and those that were added since too: nobody noted when. It is ErrNotFound when
// that state is not kept, with the revisions that are.
func (c Collection[T]) At(ctx context.Context, id string, name RevName) (v T, err error) {
	defer sqlitedb.Wrap(&err, "read revision %v of %s %q", name, c.r.Kind, id)
	err = c.in.read(ctx, func(q *sqlitedb.Tx) error {
		was, err := history.StateAt(ctx, q, c.r, id, name)
		if err == nil {
			v = *was.(*T)
		}
		return err
	})
	return v, err
}

// Revs names the states of an entity that At can give, the latest first.
func (c Collection[T]) Revs(ctx context.Context, id string) (names []string, err error) {
	defer sqlitedb.Wrap(&err, "list the revisions of %s %q", c.r.Kind, id)
	err = c.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		names, err = history.RevNames(ctx, q, c.r, id)
		return err
	})
	return names, err
}

// changeRevert is the change of a state that an older one took the place of.
const changeRevert = "revert"

// Revert makes an entity what it was as a revision, or as a kept version: see At.
// That is a new revision; nothing of the history goes. One that is in the trash
// comes back from it, one that another tool has removed is there again. It gives
// the entity as it is then: with the Rev it had, if nothing had to be changed.
func (c Collection[T]) Revert(ctx context.Context, id string, to RevName) (v T, err error) {
	defer sqlitedb.Wrap(&err, "revert %s %q to revision %v", c.r.Kind, id, to)
	err = c.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		was, err := history.StateAt(ctx, q, c.r, id, to)
		if err != nil {
			return err
		}
		if err := replaceBy(ctx, q, c.r, was, id); err != nil {
			return err
		}
		inside := Collection[T]{in: within{q, c.in}, r: c.r}
		if err := inside.save(ctx, changeRevert, was.(*T)); err != nil {
			return err
		}
		v = *was.(*T)
		return nil
	})
	return v, err
}

// replaceBy makes v the next state of the entity named id, if there is one.
func replaceBy(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, v any, id string) error {
	h := r.Head(v)
	h.ID, h.TrashedAt, h.TrashReason = id, "", ""
	_, err := r.Present(ctx, q, id) // seals it
	if errors.Is(err, ErrNotFound) {
		h.PK, h.Rev, h.Lists = 0, 0, ""
		return nil
	}
	if err != nil {
		return err
	}
	now, err := r.Get(ctx, q, id, nil)
	if err != nil {
		return err
	}
	is := r.Head(now.V)
	h.PK, h.Rev, h.SavedAt, h.Lists = is.PK, is.Rev, is.SavedAt, is.Lists
	return nil
}
