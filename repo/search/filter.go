package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// checkFilters refuses what records of the kind do not have, and times that are none.
func checkFilters(r *rows.Relation, q Query) error {
	if len(q.Status)+len(q.NotStatus) > 0 && r.Status == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "status", Problem: "is not something this kind has"}
	}
	if len(q.Tags)+len(q.AnyTags)+len(q.NotTags) > 0 && r.SQL.Tags == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "tags", Problem: "are not something this kind has"}
	}
	for _, links := range q.links() {
		for _, l := range links {
			other, err := rows.RelationOf(l.Kind)
			if err != nil {
				return err
			}
			if !r.HasLinks() && !other.HasLinks() {
				return &schema.InvalidError{Kind: r.Kind, Field: "links", Problem: "there are none to a " + l.Kind}
			}
		}
	}
	for _, at := range []schema.Time{q.From, q.To} {
		if _, ok := schema.ParseTime(string(at)); at != "" && !ok {
			return &schema.InvalidError{Kind: r.Kind, Field: "date", Problem: fmt.Sprintf("%q is no time such as %s", at, schema.TimeLayout)}
		}
	}
	return nil
}

// inGroup adds the condition that the record pk is in a group.
func (w *where) inGroup(g choice, pk string) {
	is := "EXISTS (SELECT 1 FROM facet_rows AS p WHERE p.owner_pk = " + pk + " AND p.facet_pk "
	named := pk + " IN (SELECT value FROM json_each(?))"
	switch {
	case len(g.facets) == 0:
		w.add("+"+named, rows.JSONList(g.named))
	case len(g.named) > 0:
		w.add("("+is+"IN (SELECT value FROM json_each(?))) OR "+named+")", rows.JSONList(g.pks()), rows.JSONList(g.named))
	case len(g.facets) == 1:
		w.add(is+"= ?)", g.facets[0].PK)
	default:
		w.add(is+"IN (SELECT value FROM json_each(?)))", rows.JSONList(g.pks()))
	}
}

// notIn adds the condition that the record pk is in none of some facets.
func (w *where) notIn(list []facet, pk string) {
	w.add("NOT EXISTS (SELECT 1 FROM facet_rows AS p WHERE p.owner_pk = "+pk+" AND p.facet_pk IN (SELECT value FROM json_each(?)))", rows.JSONList(choice{facets: list}.pks()))
}

// others adds all conditions of the selection but those of some choices, and of the time.
func (s *selection) others(w *where, choices []choice, pk string) {
	for _, g := range choices {
		w.inGroup(g, pk)
	}
	if len(s.not) > 0 {
		w.notIn(s.not, pk)
	}
	if s.q.Also.SQL != "" {
		w.add(strings.ReplaceAll(s.q.Also.SQL, "e.pk", pk), s.q.Also.args...)
	}
}

// since and until add the limits of the time that is asked for.
func (s *selection) since(w *where, date string) {
	if s.q.From != "" {
		w.add(date+" >= ?", string(s.q.From))
	}
}

func (s *selection) until(w *where, date string) {
	if s.q.To != "" {
		w.add(date+" < ?", string(s.q.To))
	}
}

// live is the condition that a row of a table of records is live, or in the trash.
func (s *selection) live() string {
	if s.q.Trash {
		return "+e.trashed_at IS NOT NULL"
	}
	return "e.trashed_at IS NULL"
}

// labels are the conditions of q that the search index knows.
func (q Query) labels() fts.Labels {
	return fts.Labels{Status: q.Status, Tags: q.Tags, AnyTags: q.AnyTags}
}

// IsNarrow tells whether q asks for more than the search index knows: labels, the
// trash, and a time.
func (q Query) IsNarrow() bool {
	return len(q.NotStatus)+len(q.NotTags)+len(q.Links)+len(q.AnyLinks) > 0 || slices.Contains(q.Status, "")
}

// canFilter tells whether the kind has what q asks for.
func canFilter(r *rows.Relation, q Query) bool {
	q.From, q.To = "", ""
	return checkFilters(r, q) == nil
}

// momentsOf is the selection of entities whose moments are looked for: the times are
// those of the moments.
func momentsOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query) (*selection, error) {
	q.From, q.To = "", ""
	return selectionOf(ctx, x, r, q)
}

// passing gives those of some entities that pass the filter.
func passing(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, ask map[int64]bool) (pks []int64, err error) {
	s, err := momentsOf(ctx, x, r, q)
	if err != nil || s.none {
		return nil, err
	}
	list := make([]int64, 0, len(ask))
	for pk := range ask {
		list = append(list, pk)
	}
	text, args := s.passingSQL(list)
	err = x.Select(ctx, &pks, text, args...)
	return pks, err
}

func (s *selection) passingSQL(list []int64) (string, []any) {
	w := &where{Args: []any{rows.JSONList(list)}}
	w.add(s.live())
	s.others(w, s.choices, "e.pk")
	return "SELECT e.pk\nFROM json_each(?) AS j\nCROSS JOIN " + s.r.Name + " AS e ON e.pk = j.value" + w.SQL(), w.Args
}

// someMoments gives at most limit of the entities whose moments can pass the filter.
func someMoments(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, limit int) (pks []int64, err error) {
	s, err := momentsOf(ctx, x, r, q)
	if err != nil || s.none {
		return nil, err
	}
	text, args := s.recordsSQL()
	err = x.Select(ctx, &pks, "SELECT m.pk\nFROM ("+text+") AS m\nLIMIT ?", append(args, limit)...)
	return pks, err
}
