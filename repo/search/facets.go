package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Facet is what a filtered set is counted by.
type Facet string

// The facets. Days, months and years are those of Query.Zone.
const (
	FacetTag    Facet = "tag"
	FacetStatus Facet = "status"
	FacetDay    Facet = "day"
	FacetMonth  Facet = "month"
	FacetYear   Facet = "year"
)

// FacetCount is one value of a facet and how many entities have it.
type FacetCount struct {
	Value string `db:"value" json:"value"`
	Count int64  `db:"n" json:"count"`
}

func FacetsOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, by Facet) (list []FacetCount, err error) {
	w, err := FilterOf(r, q)
	if err != nil {
		return nil, err
	}
	list = []FacetCount{}
	order := "\nGROUP BY 1\nORDER BY n DESC, value"
	switch by {
	case FacetTag:
		if r.SQL.Tags == "" {
			return nil, &schema.InvalidError{Kind: r.Kind, Field: "facet", Problem: "this kind has no tags"}
		}
		err = x.Select(ctx, &list, "SELECT t.tag AS value, count(DISTINCT e.pk) AS n\nFROM "+r.Name+" AS e\nJOIN "+r.Kind+"_tags AS t ON t."+r.Kind+"_pk = e.pk"+w.SQL()+order, w.Args...)
	case FacetStatus:
		if r.Status == "" {
			return nil, &schema.InvalidError{Kind: r.Kind, Field: "facet", Problem: "this kind has no status"}
		}
		err = x.Select(ctx, &list, "SELECT e."+r.Status+" AS value, count(*) AS n\nFROM "+r.Name+" AS e"+w.SQL()+order, w.Args...)
	case FacetDay, FacetMonth, FacetYear:
		return dateFacets(ctx, x, r, q, w, by)
	default:
		err = &schema.InvalidError{Kind: r.Kind, Field: "facet", Problem: fmt.Sprintf("%q is none of tag, status, day, month, year", by)}
	}
	return list, err
}

// dateFacets counts by calendar periods of a time zone, which SQL does not know.
func dateFacets(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, w *where, by Facet) ([]FacetCount, error) {
	zone, err := zoneOf(q.Zone)
	if err != nil {
		return nil, err
	}
	layout := map[Facet]string{FacetDay: time.DateOnly, FacetMonth: "2006-01", FacetYear: "2006"}[by]
	w.add("e." + r.Date + " IS NOT NULL")
	result, err := x.Query(ctx, "SELECT e."+r.Date+"\nFROM "+r.Name+" AS e"+w.SQL(), w.Args...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	counts := map[string]int64{}
	for result.Next() {
		var at string
		if err := errors.Join(ctx.Err(), result.Scan(&at)); err != nil {
			return nil, err
		}
		if t, err := schema.Time(at).Time(); err == nil {
			counts[t.In(zone).Format(layout)]++
		}
	}
	list := make([]FacetCount, 0, len(counts))
	for value, n := range counts {
		list = append(list, FacetCount{value, n})
	}
	slices.SortFunc(list, func(a, b FacetCount) int { return cmp.Compare(b.Value, a.Value) })
	return list, result.Err()
}
