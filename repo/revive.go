package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
)

// Revived is a record that its history gave back.
type Revived struct {
	history.Vanished
	Kind   string             // notes, tasks, ...
	Failed error              // why it did not
	Lists  []history.Regained // what it has again that is kept apart
	Apart  error              // why it has nothing of that
}

// Revive brings back the records of a kind that are not there although nobody has removed them, as
// after damage: each as the newest of its revisions that is kept, as a new revision, in the
// trash if it was there. Of long lists it has what its revisions have. A dry run only tells which
// they are.
func (h History) Revive(ctx context.Context, kind string, dryRun bool) (list []Revived, err error) {
	defer sqlitedb.Wrap(&err, "bring back records of the kind %s from their history", kind)
	r, err := rows.RelationOf(kind)
	if err != nil {
		return nil, err
	}
	k, err := KindOf(kind)
	if err != nil {
		return nil, err
	}
	var gone []history.Vanished
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		gone, err = history.VanishedOf(ctx, q, r)
		return err
	})
	for _, v := range gone {
		one := Revived{Vanished: v, Kind: k.Plural}
		if !dryRun {
			if err := h.s.revive(ctx, k, &one); err != nil {
				return list, err
			}
		}
		list = append(list, one)
	}
	return list, err
}

// revive brings one record back as the newest of its states that is whole.
func (s *Store) revive(ctx context.Context, k Kind, one *Revived) error {
	v := one.Vanished
	names, err := k.In(&s.Repos).Revs(ctx, v.ID)
	if err != nil {
		return err
	}
	one.Failed = ErrNotFound
	for _, name := range names {
		one.Lists, one.Failed = s.reviveAs(ctx, k, v, name, true)
		if one.Failed != nil && ctx.Err() == nil {
			if _, err := s.reviveAs(ctx, k, v, name, false); err == nil {
				one.Apart, one.Failed = one.Failed, nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if one.Failed == nil {
			if name != v.Name {
				one.Name, one.At = name, ""
			}
			break
		}
	}
	return nil
}

func (s *Store) reviveAs(ctx context.Context, k Kind, v history.Vanished, name string, apart bool) (lists []history.Regained, err error) {
	to, err := history.ParseRev(name)
	if err != nil {
		return nil, err
	}
	err = s.Update(WithOrigin(ctx, check.OriginRepair), func(ctx context.Context, tx *Tx) error {
		records := k.In(&tx.Repos)
		if _, err := records.Revert(ctx, v.ID, to); err != nil {
			return err
		}
		if apart {
			if lists, err = tx.reattach(ctx, records, k, v); err != nil {
				return err
			}
		}
		if !v.Trashed {
			return nil
		}
		return records.Delete(ctx, v.ID)
	})
	return lists, err
}

// reattach gives a record that is there again what is kept apart of it.
func (tx *Tx) reattach(ctx context.Context, records Records, k Kind, of history.Vanished) (lists []history.Regained, err error) {
	r, err := rows.RelationOf(k.Name)
	if err != nil {
		return nil, err
	}
	v, err := records.Get(ctx, of.ID, Full)
	if err != nil {
		return nil, err
	}
	err = tx.read(ctx, func(q *sqlitedb.Tx) (err error) {
		lists, err = history.Reattach(ctx, q, r, of, v)
		return err
	})
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	return lists, records.Save(ctx, v)
}
