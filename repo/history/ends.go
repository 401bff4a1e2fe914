package history

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/links"
)

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
// rows.ErrNotFound.
func PurgeEnds(ctx context.Context, q *sqlitedb.Tx, kind string, ids []string) (e Ends, err error) {
	r, err := rows.RelationOf(kind)
	if err != nil {
		return e, err
	}
	pks := make([]int64, len(ids))
	for i, id := range ids {
		found, err := r.Find(ctx, q, id)
		if err != nil {
			sqlitedb.Wrap(&err, "%s %q", kind, id)
			return e, err
		}
		pks[i] = found.PK
	}
	e.Entities = len(ids)
	list := rows.JSONList(ids)
	if err := q.Get(ctx, &e.States, "SELECT count(*)\nFROM revisions\nWHERE kind = ? AND id IN (SELECT value FROM json_each(?))", kind, list); err != nil {
		return e, err
	}
	if err := countOnlyHere(ctx, q, r, list, rows.JSONList(pks), &e); err != nil {
		return e, err
	}
	err = countReferring(ctx, q, r, list, &e.Referring)
	return e, err
}

const (
	SQLKeptContents = `SELECT b.sha256
FROM revisions AS r
JOIN revision_blobs AS b ON b.revision_pk = r.pk
WHERE r.kind = ? AND r.id IN (SELECT value FROM json_each(?))`
	// Asked for one content at a time: only so does SQLite use the indexes of every table.
	SQLOnlyHere = `SELECT b.size
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
	if err := q.Select(ctx, &kept, SQLKeptContents, r.Kind, ids); err != nil {
		return err
	}
	needed = append(needed, kept...)
	slices.Sort(needed)
	for _, sum := range slices.Compact(needed) {
		var sizes []int64
		if err := q.Select(ctx, &sizes, SQLOnlyHere, sum, sum, r.Kind, ids); err != nil {
			return err
		}
		if len(sizes) > 0 {
			e.Contents, e.Bytes = e.Contents+1, e.Bytes+sizes[0]
		}
	}
	return nil
}

func countReferring(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, list string, n *int) error {
	kinds := links.Kinds(r.Kind)
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

const (
	sqlHasStates = `SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id IN (SELECT value FROM json_each(?)))`
	sqlWasEnded  = `SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ? AND id IN (SELECT value FROM json_each(?)))`
	sqlContentOf = `SELECT DISTINCT sha256
FROM v_blob_refs
WHERE kind = ? AND id IN (SELECT value FROM json_each(?))`
)

// Held is what a store has of some entities.
type Held struct {
	Rows     bool     // they themselves, or kept states of them
	Ended    bool     // they were purged: their words may be in the search index still
	Contents []string // that they or their kept states need
}

// HeldOf tells what the store has of entities, in whatever state they are.
func HeldOf(ctx context.Context, q *sqlitedb.Tx, kind string, ids []string) (held Held, err error) {
	r, err := rows.RelationOf(kind)
	if err != nil {
		return held, err
	}
	list := rows.JSONList(ids)
	var there bool
	states, err := HasStates(ctx, q, r.Kind, ids)
	err = errors.Join(err,
		q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM "+r.Name+" WHERE id IN (SELECT value FROM json_each(?)))", list),
		q.Get(ctx, &held.Ended, sqlWasEnded, r.Kind, list),
		q.Select(ctx, &held.Contents, sqlContentOf, r.Kind, list))
	held.Rows = there || states
	return held, err
}

// HasStates tells whether there are kept states of any of some entities.
func HasStates(ctx context.Context, q *sqlitedb.Tx, kind string, ids []string) (states bool, err error) {
	err = q.Get(ctx, &states, sqlHasStates, kind, rows.JSONList(ids))
	return states, err
}
