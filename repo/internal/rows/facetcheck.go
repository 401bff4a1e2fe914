package rows

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/sqlitedb"
)

// FacetFault is what is wrong with the facets.
type FacetFault struct {
	Kind   string
	PK     int64 // of the record, or of the facet
	Table  string
	Detail string
}

// CheckFacets compares the facets with what they should be, and gives what is wrong to
// found.
func CheckFacets(ctx context.Context, q *sqlitedb.Tx, found func(FacetFault)) error {
	counts := map[int64]int64{}
	for _, r := range Relations {
		if err := r.checkFacets(ctx, q, counts, found); err != nil {
			return err
		}
	}
	if err := checkCounts(ctx, q, counts, found); err != nil {
		return err
	}
	var dangling int64
	err := q.Get(ctx, &dangling, "SELECT count(*) FROM facet_rows AS w WHERE NOT EXISTS (SELECT 1 FROM facets WHERE pk = w.facet_pk)")
	if err == nil && dangling > 0 {
		found(FacetFault{Table: "facet_rows", Detail: fmt.Sprintf("%d rows belong to a facet that is not there", dangling)})
	}
	return err
}

// checkFacets compares the rows of the records of one kind.
func (r *Relation) checkFacets(ctx context.Context, q *sqlitedb.Tx, counts map[int64]int64, found func(FacetFault)) error {
	return r.eachRange(ctx, q, func(first, last int64) error {
		d, err := diffFacets(ctx, q, counts, r.facets().thereAll, r.facets().wantedAll, first, last)
		if err != nil {
			return err
		}
		for _, pk := range d.owners() {
			found(FacetFault{r.Kind, pk, "facet_rows", "the record is not in the lists and counts that it belongs in, or in others"})
		}
		return ctx.Err()
	})
}

// checkCounts compares the counts of all facets with how many rows they have.
func checkCounts(ctx context.Context, q *sqlitedb.Tx, counts map[int64]int64, found func(FacetFault)) error {
	result, err := q.Query(ctx, "SELECT pk, kind, field, value, records, kind IN ("+kindList()+") AS known FROM facets")
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var f struct {
			PK, Records        int64
			Kind, Field, Value string
			Known              bool
		}
		if err := errors.Join(ctx.Err(), result.StructScan(&f)); err != nil {
			return err
		}
		switch n := counts[f.PK]; {
		case !f.Known:
			found(FacetFault{f.Kind, f.PK, "facets", fmt.Sprintf("the facet is of a kind %q that there is not", f.Kind)})
		case n != f.Records || n == 0:
			found(FacetFault{f.Kind, f.PK, "facets", fmt.Sprintf("%s %q is said to have %d records and has %d", f.Field, f.Value, f.Records, n)})
		}
	}
	return errors.Join(result.Err(), result.Close())
}

func kindList() string {
	kinds := make([]string, len(Relations))
	for i, r := range Relations {
		kinds[i] = "'" + r.Kind + "'"
	}
	return strings.Join(kinds, ", ")
}
