package repo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// History is what is kept of all records. That of one record is read from its
// collection: see Collection.Changes.
type History struct{ s *Store }

// How long overwritten and deleted states are kept is a fact of the store, so
// that every program keeps them as long; Options.Retention goes before it.
const (
	factRetention = "history_retention"
	sqlSetFact    = "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = NULL"
)

// Retention tells how long states are kept; 0 is for ever.
func (h History) Retention(ctx context.Context) (keep time.Duration, err error) {
	defer sqlitedb.Wrap(&err, "read how long history is kept")
	err = h.s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		keep, err = retention(ctx, q)
		return err
	})
	return keep, err
}

func retention(ctx context.Context, q *sqlitedb.Tx) (time.Duration, error) {
	var found []string
	if err := q.Select(ctx, &found, "SELECT value\nFROM store\nWHERE key = ?", factRetention); err != nil || len(found) == 0 {
		return 0, err
	}
	keep, err := time.ParseDuration(found[0])
	if err != nil || keep < 0 {
		return 0, fmt.Errorf("the retention in table store is %q: %w", found[0], ErrCorrupt)
	}
	return keep, nil
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
		_, err := q.Exec(ctx, "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO NOTHING", factRetention, keep.String())
		return err
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
		_, err = q.Exec(ctx, sqlSetFact, factRetention, keep.String())
		return err
	})
	return ended, err
}

// keepFor is the retention of this Store.
func (s *Store) keepFor(ctx context.Context, q *sqlitedb.Tx) (time.Duration, error) {
	if s.opt.Retention > 0 {
		return s.opt.Retention, nil
	}
	return retention(ctx, q)
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

// Ends says what a purge would end for good.
type Ends struct {
	Entities int   `json:"entities"`
	States   int   `json:"states"`   // kept states of them, items included
	Contents int   `json:"contents"` // contents that nothing else needs
	Bytes    int64 `json:"bytes"`    // of these
	// Referring are the live entities that link to them.
	Referring int `json:"referring"`
}

// PurgeEnds tells what purging entities would end. One that is not there is
// ErrNotFound.
func (h History) PurgeEnds(ctx context.Context, kind string, ids ...string) (e Ends, err error) {
	defer sqlitedb.Wrap(&err, "look at what a purge would end")
	err = h.s.read(ctx, func(q *sqlitedb.Tx) error {
		r, err := rows.RelationOf(kind)
		if err != nil {
			return err
		}
		pks := make([]int64, len(ids))
		for i, id := range ids {
			found, err := r.Find(ctx, q, id)
			if err != nil {
				sqlitedb.Wrap(&err, "%s %q", kind, id)
				return err
			}
			pks[i] = found.PK
		}
		e.Entities = len(ids)
		list := rows.JSONList(ids)
		if err := q.Get(ctx, &e.States, "SELECT count(*)\nFROM revisions\nWHERE kind = ? AND id IN (SELECT value FROM json_each(?))", kind, list); err != nil {
			return err
		}
		if err := countOnlyHere(ctx, q, r, list, rows.JSONList(pks), &e); err != nil {
			return err
		}
		return countReferring(ctx, q, r, list, &e.Referring)
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

const (
	sqlKeptContents = `SELECT b.sha256
FROM revisions AS r
JOIN revision_blobs AS b ON b.revision_pk = r.pk
WHERE r.kind = ? AND r.id IN (SELECT value FROM json_each(?))`
	// Asked for one content at a time: only so does SQLite use the indexes of every table.
	sqlOnlyHere = `SELECT b.size
FROM blobs AS b
WHERE b.sha256 = ? AND NOT EXISTS (SELECT 1 FROM v_blob_refs AS v WHERE v.sha256 = ? AND NOT (v.kind = ? AND v.id IN (SELECT value FROM json_each(?))))`
)

// countOnlyHere counts the contents that some entities and their revisions need, and nothing else does.
func countOnlyHere(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, ids, pks string, e *Ends) error {
	var needed, kept []string
	if r.SQL.Contents != "" {
		if err := q.Select(ctx, &needed, r.SQL.Contents, pks); err != nil {
			return err
		}
	}
	if err := q.Select(ctx, &kept, sqlKeptContents, r.Kind, ids); err != nil {
		return err
	}
	needed = append(needed, kept...)
	slices.Sort(needed)
	for _, sum := range slices.Compact(needed) {
		var sizes []int64
		if err := q.Select(ctx, &sizes, sqlOnlyHere, sum, sum, r.Kind, ids); err != nil {
			return err
		}
		if len(sizes) > 0 {
			e.Contents, e.Bytes = e.Contents+1, e.Bytes+sizes[0]
		}
	}
	return nil
}

func countReferring(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, list string, n *int) error {
	kinds := kindsOf(r.Kind)
	for _, other := range rows.Relations {
		if !other.HasLinks() {
			continue
		}
		var some int
		err := q.Get(ctx, &some, fmt.Sprintf(`SELECT count(DISTINCT e.pk)
FROM %[1]s_links AS l
JOIN %[2]s AS e ON e.pk = l.%[1]s_pk
WHERE l.id IN (SELECT value FROM json_each(?)) AND l.kind IN (?, ?) AND e.trashed_at IS NULL`, other.Kind, other.Name), list, kinds[0], kinds[1])
		if err != nil {
			return err
		}
		*n += some
	}
	return nil
}
