package rows

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/sqlitedb"
)

// keepPage is of how many records the rows in facets are compared at once.
const keepPage = 1024

// KeepFacets brings the facets in step with records that were written or removed. No
// trigger is relied on: this is the whole upkeep for own writes.
func (r *Relation) KeepFacets(ctx context.Context, q *sqlitedb.Tx, pks []int64) error {
	for page := range slices.Chunk(pks, keepPage) {
		d, err := diffFacets(ctx, q, nil, r.facets().there, r.facets().wanted, JSONList(page))
		if err == nil {
			err = r.apply(ctx, q, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// apply writes what differs, and nothing else.
func (r *Relation) apply(ctx context.Context, q *sqlitedb.Tx, d facetDiff) error {
	n := map[int64]int64{} // by facet: how many more there are
	if len(d.stale) > 0 {
		if _, err := q.Exec(ctx, sqlDropFacetRows, jsonPairs(d.stale)); err != nil {
			return err
		}
		for _, w := range d.stale {
			n[w.facet]--
		}
	}
	if err := r.insertLacking(ctx, q, d.lacking, n); err != nil {
		return err
	}
	for _, differs := range slices.Sorted(maps.Keys(d.changed)) {
		if _, err := q.Exec(ctx, r.facets().update[differs], jsonPairs(d.changed[differs])); err != nil {
			return err
		}
	}
	return countFacets(ctx, q, n, len(d.stale) > 0)
}

const (
	sqlInsertFacet = `INSERT INTO facets (kind, trash, field, value, records)
VALUES (?, ?, ?, ?, 0)`
	// One row after the other: an INSERT of a SELECT has SQLite copy each page before it changes.
	sqlInsertFacetRow = `INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
VALUES (?, ?, ?, ?, ?, ?)`
	sqlDropFacetRows = `DELETE FROM facet_rows
WHERE (owner_pk, facet_pk) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`
	sqlCountFacets = `UPDATE facets
SET records = records + j.n
FROM (SELECT value ->> 0 AS pk, value ->> 1 AS n FROM json_each(?)) AS j
WHERE facets.pk = j.pk`
	sqlDropFacets = "DELETE FROM facets\nWHERE records = 0"
)

// insertLacking inserts rows, which are sorted by facet, and adds them to the counts.
func (r *Relation) insertLacking(ctx context.Context, q *sqlitedb.Tx, list []lackingRow, n map[int64]int64) error {
	var facet int64
	for i, w := range list {
		if i == 0 || w.facetKey != list[i-1].facetKey {
			var err error
			if facet, err = r.facetPK(ctx, q, w.facetKey); err != nil {
				return err
			}
		}
		if _, err := q.Exec(ctx, sqlInsertFacetRow, w.owner, facet, w.cols[0], w.cols[1], w.cols[2], w.cols[3]); err != nil {
			return err
		}
		n[facet]++
	}
	return nil
}

// facetPK finds a facet, or makes it.
func (r *Relation) facetPK(ctx context.Context, q *sqlitedb.Tx, k facetKey) (pk int64, err error) {
	found := false
	err = q.Each(ctx, sqlFacet, []any{r.Kind, k.inTrash(), k.field, k.value}, func(row *sqlitedb.Row) error {
		pk, found = row.Int(0), true
		return nil
	})
	if err != nil || found {
		return pk, err
	}
	result, err := q.Exec(ctx, sqlInsertFacet, r.Kind, k.inTrash(), k.field, k.value)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

const sqlFacet = "SELECT pk\nFROM facets\nWHERE kind = ? AND trash = ? AND field = ? AND value = ?"

// countFacets adds what has come to facets to their counts, and takes what has gone; emptied says that some may
// have no record any more.
func countFacets(ctx context.Context, q *sqlitedb.Tx, n map[int64]int64, emptied bool) error {
	var pairs []facetRow
	for facet, by := range n {
		if by != 0 {
			pairs = append(pairs, facetRow{facet, by})
		}
	}
	slices.SortFunc(pairs, facetRow.compare)
	if len(pairs) > 0 {
		if _, err := q.Exec(ctx, sqlCountFacets, jsonPairs(pairs)); err != nil {
			return err
		}
	}
	if !emptied {
		return nil
	}
	_, err := q.Exec(ctx, sqlDropFacets)
	return err
}

// jsonPairs writes pairs of numbers as a JSON list of lists.
func jsonPairs(list []facetRow) string {
	b := make([]byte, 0, 24*len(list)+2)
	for _, w := range list {
		b = strconv.AppendInt(append(b, ",["...), w.owner, 10)
		b = append(strconv.AppendInt(append(b, ','), w.facet, 10), ']')
	}
	return "[" + strings.TrimPrefix(string(b), ",") + "]"
}
