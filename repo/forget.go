package repo

import (
	"context"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
)

// Forget ends entities for good as Purge does, all or none, and the kept states of those too
// that are not there any more. It gives how many it found anything of.
func (h History) Forget(ctx context.Context, kind string, ids ...string) (n int, err error) {
	defer sqlitedb.Wrap(&err, "end %d records of the kind %s", len(ids), kind)
	r, err := rows.RelationOf(kind)
	if err != nil {
		return 0, err
	}
	err = h.s.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		n = 0
		for _, id := range ids {
			found, err := forget(ctx, q, r, h.s, id)
			if err != nil {
				sqlitedb.Wrap(&err, "%s %q", kind, id)
				return err
			}
			if found {
				n++
			}
		}
		return nil
	})
	return n, err
}

func forget(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, s *Store, id string) (found bool, err error) {
	err = purge(ctx, q, r, id, s.now())
	if !errors.Is(err, ErrNotFound) {
		return true, err
	}
	if states, err := history.HasStates(ctx, q, r.Kind, []string{id}); err != nil || !states {
		return false, err
	}
	rev, err := history.LastRev(ctx, q, r.Kind, id)
	if err != nil {
		return false, err
	}
	return true, history.EndHistory(ctx, q, r.Kind, id, rev, s.now())
}

// Held tells what the store has of entities, in whatever state they are.
func (h History) Held(ctx context.Context, kind string, ids ...string) (held history.Held, err error) {
	defer sqlitedb.Wrap(&err, "look for %d records of the kind %s", len(ids), kind)
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		held, err = history.HeldOf(ctx, q, kind, ids)
		return err
	})
	return held, err
}
