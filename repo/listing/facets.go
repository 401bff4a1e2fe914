package listing

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
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

// Facets counts what a query asks for by each value: by what is kept where it asks for
// everything, else by the records of its rarest filter.
func (s *Selection) Facets(ctx context.Context, x *sqlitedb.Tx, by Facet) ([]FacetCount, error) {
	f, err := s.facetBy(by)
	if err != nil {
		return nil, err
	}
	list, _, err := s.facets(ctx, x, f, math.MaxInt64)
	return list, err
}

// facets counts what is selected by each value, if that is kept or needs no more than
// most rows to be looked at.
func (s *Selection) facets(ctx context.Context, x *sqlitedb.Tx, f facetBy, most int64) (list []FacetCount, ok bool, err error) {
	if err := s.lookUpOnce(ctx, x); err != nil || s.none {
		return []FacetCount{}, err == nil, err
	}
	var found []FacetCount
	if s.isKept() {
		found, err = s.keptFacets(ctx, x, f)
	} else {
		if cost, err := s.cost(ctx, x, most); err != nil || cost > most {
			return nil, false, err
		}
		text, args := s.recordsSQL()
		err = x.Select(ctx, &found, f.countSQL(s.r, text), args...)
	}
	if err != nil {
		return nil, false, err
	}
	return s.listed(ctx, x, f, found, most)
}

// isKept tells whether everything is asked for, live or in the trash.
func (s *Selection) isKept() bool {
	return s.words.SQL == "" && s.isEverything() && len(s.not) == 0 && !s.timed()
}

// TagCounts gives how many live records of a kind have each tag.
func TagCounts(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation) ([]FacetCount, error) {
	if r.SQL.Tags == "" {
		return nil, nil
	}
	s, err := Select(ctx, x, r, Query{}, Words{})
	if err != nil {
		return nil, err
	}
	return s.Facets(ctx, x, FacetTag)
}

// Totals gives how many records of a kind are live, and how many are in the trash.
func Totals(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation) (live, trash int64, err error) {
	for _, one := range []struct {
		into  *int64
		query Query
	}{{&live, Query{}}, {&trash, Query{Trash: true}}} {
		s, err := Select(ctx, x, r, one.query, Words{})
		if err != nil {
			return 0, 0, err
		}
		n, err := s.Count(ctx, x)
		if *one.into = int64(n); err != nil {
			return 0, 0, err
		}
	}
	return live, trash, nil
}

// facetBy is how to count by a facet.
type facetBy struct {
	by     Facet
	zone   *time.Location
	layout string // of the values of a facet of time
	rough  bool   // an hour belongs to the period in which it begins
}

func (s *Selection) facetBy(by Facet) (f facetBy, err error) {
	f.by = by
	switch {
	case by == FacetTag && s.r.SQL.Tags == "":
		return f, &schema.InvalidError{Kind: s.r.Kind, Field: "facet", Problem: "this kind has no tags"}
	case by == FacetStatus && s.r.Status == "":
		return f, &schema.InvalidError{Kind: s.r.Kind, Field: "facet", Problem: "this kind has no status"}
	case by == FacetTag, by == FacetStatus:
		return f, nil
	}
	f.layout = map[Facet]string{FacetDay: time.DateOnly, FacetMonth: "2006-01", FacetYear: "2006"}[by]
	if f.layout == "" {
		return f, &schema.InvalidError{Kind: s.r.Kind, Field: "facet", Problem: fmt.Sprintf("%q is none of tag, status, day, month, year", by)}
	}
	f.zone, err = Zone(s.q.Zone)
	return f, err
}

// countSQL counts the records m(pk, date) that a statement gives: by tag or status; by the
// hour for a facet of time, whose days SQL does not know.
func (f facetBy) countSQL(r *rows.Relation, from string) string {
	const group = "\nGROUP BY 1"
	switch from = "\nFROM (" + from + ") AS m"; f.by {
	case FacetTag:
		return "SELECT t.tag AS value, count(DISTINCT m.pk) AS n" + from + "\nCROSS JOIN " + r.Kind + "_tags AS t ON t." + r.Kind + "_pk = m.pk" + group
	case FacetStatus:
		return "SELECT e." + r.Status + " AS value, count(*) AS n" + from + "\nCROSS JOIN " + r.Name + " AS e ON e.pk = m.pk" + group
	}
	return "SELECT substr(m.date, 1, " + strconv.Itoa(hourLen) + ") AS value, count(*) AS n" + from + "\nWHERE m.date IS NOT NULL" + group
}

// keptFacets gives what is kept of all records: by the hour for a facet of time.
func (s *Selection) keptFacets(ctx context.Context, x *sqlitedb.Tx, f facetBy) ([]FacetCount, error) {
	if f.layout != "" {
		return keptHours(ctx, x, s.r.Kind, s.q.Trash)
	}
	kept, err := facetsOf(ctx, x, s.r.Kind, string(f.by), s.q.Trash)
	list := make([]FacetCount, len(kept))
	for i, one := range kept {
		list[i] = FacetCount{one.Value, one.Records}
	}
	return list, err
}

// listed gives counts as callers have them: tags and states by how many there are, times
// from the latest on.
func (s *Selection) listed(ctx context.Context, x *sqlitedb.Tx, f facetBy, found []FacetCount, most int64) ([]FacetCount, bool, error) {
	if f.layout != "" {
		return s.periods(ctx, x, f, found, most)
	}
	slices.SortFunc(found, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return slices.Concat([]FacetCount{}, found), true, nil
}
