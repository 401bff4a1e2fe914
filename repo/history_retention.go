package repo

import (
	"context"
	"fmt"
	"time"

	"taskstore/schema"
)

// How long overwritten and deleted states are kept is a fact of the store, so
// that every program keeps them as long; Options.Retention goes before it.
const (
	factRetention = "history_retention"
	sqlSetFact    = "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO UPDATE SET value = excluded.value"
)

// Retention tells how long states are kept; 0 is for ever.
func (s *Store) Retention(ctx context.Context) (keep time.Duration, err error) {
	defer wrap(&err, "read how long history is kept")
	err = s.read(ctx, func(q execer) (err error) {
		keep, err = retention(ctx, q)
		return err
	})
	return keep, err
}

func retention(ctx context.Context, q execer) (time.Duration, error) {
	var found []string
	if err := q.sel(ctx, &found, "SELECT value\nFROM store\nWHERE key = ?", factRetention); err != nil || len(found) == 0 {
		return 0, err
	}
	keep, err := time.ParseDuration(found[0])
	if err != nil || keep < 0 {
		return 0, fmt.Errorf("the retention in table store is %q: %w", found[0], ErrCorrupt)
	}
	return keep, nil
}

// Prunable counts the states that a retention would end.
func (s *Store) Prunable(ctx context.Context, keep time.Duration) (n int, err error) {
	defer wrap(&err, "count the states that are older than %v", keep)
	if keep <= 0 {
		return 0, nil
	}
	err = s.read(ctx, func(q execer) (err error) {
		n, err = prunable(ctx, q, s.opt.Now(), keep)
		return err
	})
	return n, err
}

// SetRetention says how long states are kept from now on, 0 for ever, and ends
// those that are older for good. States that an import set aside always stay. It
// gives the number of states that it ended. Later opens for writing end what has
// become too old by then.
func (s *Store) SetRetention(ctx context.Context, keep time.Duration) (ended int, err error) {
	defer wrap(&err, "keep history for %v", keep)
	if keep < 0 {
		return 0, &schema.InvalidError{Kind: "store", Field: "retention", Problem: "is less than nothing"}
	}
	err = s.update(ctx, func(ctx context.Context, q execer) (err error) {
		if keep > 0 {
			if ended, err = prunable(ctx, q, s.opt.Now(), keep); err != nil {
				return err
			}
			if err := prune(ctx, q, s.opt.Now(), keep); err != nil {
				return err
			}
		}
		_, err = q.exec(ctx, sqlSetFact, factRetention, keep.String())
		return err
	})
	return ended, err
}

// keepFor is the retention of this Store.
func (s *Store) keepFor(ctx context.Context, q execer) (time.Duration, error) {
	if s.opt.Retention > 0 {
		return s.opt.Retention, nil
	}
	return retention(ctx, q)
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
func (s *Store) PurgeEnds(ctx context.Context, kind string, ids ...string) (e Ends, err error) {
	defer wrap(&err, "look at what a purge would end")
	err = s.read(ctx, func(q execer) error {
		r, err := relationOf(kind)
		if err != nil {
			return err
		}
		list := jsonList(ids)
		for _, id := range ids {
			if _, err := r.find(ctx, q, id); err != nil {
				wrap(&err, "%s %q", kind, id)
				return err
			}
		}
		e.Entities = len(ids)
		if err := q.get(ctx, &e.States, "SELECT count(*)\nFROM revisions\nWHERE kind = ? AND id IN (SELECT value FROM json_each(?))", kind, list); err != nil {
			return err
		}
		var contents struct {
			N     int   `db:"n"`
			Bytes int64 `db:"bytes"`
		}
		if err := q.get(ctx, &contents, sqlOnlyHere, list, kind, kind, list); err != nil {
			return err
		}
		e.Contents, e.Bytes = contents.N, contents.Bytes
		return r.countReferring(ctx, q, list, &e.Referring)
	})
	return e, err
}

// sqlOnlyHere counts the contents that some entities need and nothing else does.
const sqlOnlyHere = `WITH refs AS (
    SELECT sha256, kind, id FROM v_blob_refs
), theirs AS (
    SELECT DISTINCT sha256 FROM refs WHERE id IN (SELECT value FROM json_each(?)) AND kind = ?
)
SELECT count(*) AS n, coalesce(sum(b.size), 0) AS bytes
FROM theirs
JOIN blobs AS b ON b.sha256 = theirs.sha256
WHERE NOT EXISTS (SELECT 1 FROM refs WHERE refs.sha256 = theirs.sha256 AND NOT (refs.kind = ? AND refs.id IN (SELECT value FROM json_each(?))))`

func (r *relation) countReferring(ctx context.Context, q execer, list string, n *int) error {
	kinds := kindsOf(r.kind)
	for _, other := range relations {
		if !other.hasLinks() {
			continue
		}
		var some int
		err := q.get(ctx, &some, fmt.Sprintf(`SELECT count(DISTINCT e.pk)
FROM %[1]s_links AS l
JOIN %[2]s AS e ON e.pk = l.%[1]s_pk
WHERE l.id IN (SELECT value FROM json_each(?)) AND l.kind IN (?, ?) AND e.trashed_at IS NULL`, other.kind, other.name), list, kinds[0], kinds[1])
		if err != nil {
			return err
		}
		*n += some
	}
	return nil
}
