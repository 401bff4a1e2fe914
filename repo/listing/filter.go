package listing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Check refuses a query for what records of the kind do not have, and times that are none.
func Check(r *rows.Relation, q Query) error {
	if len(q.Status)+len(q.NotStatus) > 0 && r.Status == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "status", Problem: "is not something this kind has"}
	}
	if len(q.Tags)+len(q.AnyTags)+len(q.NotTags) > 0 && r.SQL.Tags == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "tags", Problem: "are not something this kind has"}
	}
	if err := CheckTags(r.Kind, q); err != nil {
		return err
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

// CheckTags refuses a query for a tag that is empty. kind names what is asked for.
func CheckTags(kind string, q Query) error {
	for _, tag := range slices.Concat(q.Tags, q.AnyTags, q.NotTags) {
		if schema.NormalTag(tag) == "" {
			return &schema.InvalidError{Kind: kind, Field: "tag", Problem: "is empty; name one of those there are"}
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
func (s *Selection) others(w *where, choices []choice, pk string) {
	for _, g := range choices {
		w.inGroup(g, pk)
	}
	if len(s.not) > 0 {
		w.notIn(s.not, pk)
	}
	if s.words.SQL != "" {
		w.add(strings.ReplaceAll(s.words.SQL, "e.pk", pk), s.words.Args...)
	}
}

// since and until add the limits of the time that is asked for.
func (s *Selection) since(w *where, date string) {
	if s.q.From != "" {
		w.add(date+" >= ?", string(s.q.From))
	}
}

func (s *Selection) until(w *where, date string) {
	if s.q.To != "" {
		w.add(date+" < ?", string(s.q.To))
	}
}

// live is the condition that a row of a table of records is live, or in the trash.
func (s *Selection) live() string {
	if s.q.Trash {
		return "+e.trashed_at IS NOT NULL"
	}
	return "e.trashed_at IS NULL"
}

// Passing gives those of some records that are selected.
func (s *Selection) Passing(ctx context.Context, x *sqlitedb.Tx, among []int64) (pks []int64, err error) {
	if s.none {
		return nil, nil
	}
	text, args := s.passingSQL(among)
	err = x.Select(ctx, &pks, text, args...)
	return pks, err
}

func (s *Selection) passingSQL(among []int64) (string, []any) {
	w := &where{Args: []any{rows.JSONList(among)}}
	w.add(s.live())
	s.others(w, s.choices, "e.pk")
	return "SELECT e.pk\nFROM json_each(?) AS j\nCROSS JOIN " + s.r.Name + " AS e ON e.pk = j.value" + w.SQL(), w.Args
}

// Some gives at most limit of the records that are selected, in no order.
func (s *Selection) Some(ctx context.Context, x *sqlitedb.Tx, limit int) (pks []int64, err error) {
	if s.none {
		return nil, nil
	}
	text, args := s.recordsSQL()
	err = x.Select(ctx, &pks, "SELECT m.pk\nFROM ("+text+") AS m\nLIMIT ?", append(args, limit)...)
	return pks, err
}
