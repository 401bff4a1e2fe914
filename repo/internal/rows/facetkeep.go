package rows

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/sqlitedb"
)

// keepPage is of how many records the rows in facets are compared at once.
const keepPage = 256

// KeepFacets brings the facets in step with records that were written or removed. No
// trigger is relied on: this is the whole upkeep for own writes.
func (r *Relation) KeepFacets(ctx context.Context, q *sqlitedb.Tx, pks []int64) error {
	for page := range slices.Chunk(pks, keepPage) {
		if err := r.keepFacets(ctx, q, page); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relation) keepFacets(ctx context.Context, q *sqlitedb.Tx, pks []int64) error {
	records := jsonOf(pks)
	d, err := diffOf(ctx, q, nil, r.SQL.Facets.diff, records)
	if err == nil && d.unmade { // then once more, for their keys
		if _, err = q.Exec(ctx, r.SQL.Facets.make, records); err == nil {
			d, err = diffOf(ctx, q, nil, r.SQL.Facets.diff, records)
		}
	}
	if err != nil {
		return err
	}
	return r.apply(ctx, q, d)
}

// facetRow names a row of facet_rows.
type facetRow struct{ owner, facet int64 }

// facetDiff is what the rows of some records in facets lack to be what they should be.
type facetDiff struct {
	stale   []facetRow         // should not be there
	lacking []facetRow         // should be there
	changed map[int][]facetRow // differ in columns, by which
	unmade  bool               // there are facets to be made first
}

// diffOf compares the rows that there are with those that there should be, and adds the
// former to a count by facet, if there is one.
func diffOf(ctx context.Context, q *sqlitedb.Tx, counts map[int64]int64, text string, args ...any) (d facetDiff, err error) {
	result, err := q.Query(ctx, text, args...)
	if err != nil {
		return d, err
	}
	defer result.Close()
	var found []facetRow
	wanted := map[facetRow]bool{}
	for result.Next() {
		var w facetRow
		var differs int
		if err := result.Scan(&w.owner, &w.facet, &differs); err != nil {
			return d, err
		}
		if differs == there {
			found = append(found, w)
			continue
		}
		wanted[w] = true
		d.add(w, differs)
	}
	for _, w := range found {
		if counts != nil {
			counts[w.facet]++
		}
		if !wanted[w] {
			d.stale = append(d.stale, w)
		}
	}
	return d, errors.Join(result.Err(), result.Close())
}

func (d *facetDiff) add(w facetRow, differs int) {
	switch {
	case differs == 0:
	case differs&lacks != 0:
		d.lacking = append(d.lacking, w)
		d.unmade = d.unmade || w.facet == 0
	case differs&differsListed != 0: // only damage makes such a row: it is replaced
		d.stale, d.lacking = append(d.stale, w), append(d.lacking, w)
	default:
		if d.changed == nil {
			d.changed = map[int][]facetRow{}
		}
		d.changed[differs] = append(d.changed[differs], w)
	}
}

// apply writes what differs, and nothing else.
func (r *Relation) apply(ctx context.Context, q *sqlitedb.Tx, d facetDiff) error {
	if len(d.stale) > 0 {
		if _, err := q.Exec(ctx, sqlDropFacetRows, jsonPairs(d.stale)); err != nil {
			return err
		}
	}
	if len(d.lacking) > 0 {
		if _, err := q.Exec(ctx, r.SQL.Facets.insert, jsonOf(ownersOf(d.lacking))); err != nil {
			return err
		}
	}
	for differs, rows := range d.changed {
		if _, err := q.Exec(ctx, r.SQL.Facets.update[differs], jsonPairs(rows)); err != nil {
			return err
		}
	}
	return countFacets(ctx, q, d)
}

const (
	sqlDropFacetRows = `DELETE FROM facet_rows
WHERE (owner_pk, facet_pk) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`
	sqlCountFacets = `UPDATE facets
SET records = records + j.n
FROM (SELECT value ->> 0 AS pk, value ->> 1 AS n FROM json_each(?)) AS j
WHERE facets.pk = j.pk`
	sqlDropFacets = "DELETE FROM facets\nWHERE records = 0"
)

// countFacets adds what has come to facets to their counts, and takes what has gone.
func countFacets(ctx context.Context, q *sqlitedb.Tx, d facetDiff) error {
	n := map[int64]int64{}
	for _, w := range d.lacking {
		n[w.facet]++
	}
	for _, w := range d.stale {
		n[w.facet]--
	}
	var pairs []facetRow
	for facet, by := range n {
		if by != 0 {
			pairs = append(pairs, facetRow{facet, by})
		}
	}
	if len(pairs) > 0 {
		if _, err := q.Exec(ctx, sqlCountFacets, jsonPairs(pairs)); err != nil {
			return err
		}
	}
	if len(d.stale) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, sqlDropFacets)
	return err
}

func ownersOf(rows []facetRow) []int64 {
	list := make([]int64, len(rows))
	for i, w := range rows {
		list[i] = w.owner
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// jsonOf writes numbers as a JSON list.
func jsonOf(list []int64) string {
	b := make([]byte, 0, 12*len(list)+2)
	for _, n := range list {
		b = strconv.AppendInt(append(b, ','), n, 10)
	}
	return "[" + strings.TrimPrefix(string(b), ",") + "]"
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
