package repo

import (
	"context"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// History is what is kept of all records. That of one record is read from its
// collection: see Collection.Changes.
type History struct{ s *Store }

// Retention tells how long states are kept; 0 is for ever.
func (h History) Retention(ctx context.Context) (keep time.Duration, err error) {
	defer sqlitedb.Wrap(&err, "read how long history is kept")
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		keep, err = history.Retention(ctx, q)
		return err
	})
	return keep, err
}

// AdoptRetention keeps history from now on for as long as another store did, if this one
// is empty and says nothing itself: one that has records or revisions keeps those as
// before.
func (tx *Tx) AdoptRetention(ctx context.Context, keep time.Duration) (err error) {
	defer sqlitedb.Wrap(&err, "keep history for %v", keep)
	return tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		used := []string{"revisions", "settings"}
		for _, r := range rows.Relations {
			used = append(used, r.Name)
		}
		for _, table := range used {
			var some bool
			if err := q.Get(ctx, &some, "SELECT EXISTS (SELECT 1 FROM "+table+")"); err != nil || some {
				return err
			}
		}
		return history.AdoptRetention(ctx, q, keep)
	})
}

// Prunable counts the states that a retention would end.
func (h History) Prunable(ctx context.Context, keep time.Duration) (n int, err error) {
	defer sqlitedb.Wrap(&err, "count the states that are older than %v", keep)
	if keep <= 0 {
		return 0, nil
	}
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		n, err = history.Prunable(ctx, q, h.s.opt.Now(), keep)
		return err
	})
	return n, err
}

// SetRetention says how long states are kept from now on, 0 for ever, and ends
// those that are older for good. States that an import set aside always stay. It
// gives the number of states that it ended. Later opens for writing end what has
// become too old by then.
func (h History) SetRetention(ctx context.Context, keep time.Duration) (ended int, err error) {
	defer sqlitedb.Wrap(&err, "keep history for %v", keep)
	if keep < 0 {
		return 0, &schema.InvalidError{Kind: "store", Field: "retention", Problem: "is less than nothing"}
	}
	err = h.s.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		if keep > 0 {
			n, err := history.Prune(ctx, q, h.s.opt.Now(), keep)
			if err != nil {
				return err
			}
			ended = int(n)
		}
		return history.SetRetention(ctx, q, keep)
	})
	return ended, err
}

// RepairRefs notes, for every revision, the contents that it needs. What is noted
// already stays: at worst it keeps a content.
func (h History) RepairRefs(ctx context.Context, dryRun bool, progress func(done, total int64)) (rep history.RefRepair, err error) {
	defer sqlitedb.Wrap(&err, "find out which contents the revisions need")
	if h.s.opt.ReadOnly && !dryRun {
		return rep, ErrReadOnly
	}
	return history.RepairRefs(ctx, h.s.db, dryRun, progress)
}

// PurgeEnds tells what purging entities would end. One that is not there is
// ErrNotFound.
func (h History) PurgeEnds(ctx context.Context, kind string, ids ...string) (e history.Ends, err error) {
	defer sqlitedb.Wrap(&err, "look at what a purge would end")
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		e, err = history.PurgeEnds(ctx, q, kind, ids)
		return err
	})
	return e, err
}

// HealFrom puts revisions right that are damaged or gone, from those that another copy of
// this store has: a backup. It tells how many.
func (h History) HealFrom(ctx context.Context, whole *Store) (healed int, err error) {
	defer sqlitedb.Wrap(&err, "heal revisions")
	var hurt []history.Hurt
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		hurt, err = history.HurtRecords(ctx, q)
		return err
	})
	for _, of := range hurt {
		if err != nil {
			break
		}
		var states []history.StoredRevision
		err = whole.read(ctx, func(q *sqlitedb.Tx) (err error) {
			states, err = history.StatesOf(ctx, q, of.Kind, of.ID)
			return err
		})
		if err == nil {
			err = h.s.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
				n, err := of.Heal(ctx, q, states)
				healed += n
				return err
			})
		}
	}
	return healed, err
}

// Ended tells up to which revision records have states that ended, by id: those that are
// kept, and those of records that were purged.
func (h History) Ended(ctx context.Context, kind string, ids []string) (revs map[string]int64, err error) {
	defer sqlitedb.Wrap(&err, "look for ended states of %d records", len(ids))
	revs = make(map[string]int64, len(ids))
	err = h.s.read(ctx, func(q *sqlitedb.Tx) error {
		for _, id := range ids {
			if revs[id], err = history.LastRev(ctx, q, kind, id); err != nil {
				return err
			}
		}
		return nil
	})
	return revs, err
}

// Counted tells of the revisions of a record how many are kept, how many retention has removed,
// and how many are gone without that. All are 0 where nobody knows of the record.
func (h History) Counted(ctx context.Context, kind, id string) (c history.Counted, err error) {
	defer sqlitedb.Wrap(&err, "count the revisions of %s %q", kind, id)
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		c, err = history.CountedOf(ctx, q, kind, id)
		return err
	})
	return c, err
}
