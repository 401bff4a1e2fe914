package search

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// FilterOf turns the conditions of q into SQL over the row e.
func FilterOf(r *rows.Relation, q Query) (*where, error) {
	w := &where{}
	if q.Trash {
		w.add("e.trashed_at IS NOT NULL")
	} else {
		w.add("e.trashed_at IS NULL")
	}
	if err := statusFilter(r, w, q); err != nil {
		return nil, err
	}
	if err := tagFilter(r, w, q); err != nil {
		return nil, err
	}
	for _, l := range q.Links {
		if err := linkFilter(r, w, []schema.Link{l}); err != nil {
			return nil, err
		}
	}
	for _, any := range q.AnyLinks {
		if err := linkFilter(r, w, any); err != nil {
			return nil, err
		}
	}
	if err := dateFilter(r, w, q); err != nil {
		return nil, err
	}
	if q.Also.SQL != "" {
		w.add(q.Also.SQL, q.Also.args...)
	}
	if q.impossible {
		w.add("0")
	}
	return w, nil
}

func statusFilter(r *rows.Relation, w *where, q Query) error {
	if len(q.Status)+len(q.NotStatus) == 0 {
		return nil
	}
	if r.Status == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "status", Problem: "is not something this kind has"}
	}
	if len(q.Status) > 0 {
		w.add("e."+r.Status+" IN ("+rows.Marks(len(q.Status))+")", anys(q.Status)...)
	}
	if len(q.NotStatus) > 0 {
		w.add("e."+r.Status+" NOT IN ("+rows.Marks(len(q.NotStatus))+")", anys(q.NotStatus)...)
	}
	return nil
}

func anys(list []string) []any {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = s
	}
	return args
}

func tagFilter(r *rows.Relation, w *where, q Query) error {
	if len(q.Tags)+len(q.AnyTags)+len(q.NotTags) == 0 {
		return nil
	}
	if r.SQL.Tags == "" {
		return &schema.InvalidError{Kind: r.Kind, Field: "tags", Problem: "are not something this kind has"}
	}
	from := "SELECT " + r.Kind + "_pk FROM " + r.Kind + "_tags WHERE tag "
	for _, tag := range q.Tags {
		w.add("e.pk IN ("+from+"= ?)", tag)
	}
	if len(q.AnyTags) > 0 {
		w.add("e.pk IN ("+from+"IN ("+rows.Marks(len(q.AnyTags))+"))", anys(q.AnyTags)...)
	}
	for _, tag := range q.NotTags {
		w.add("NOT EXISTS (SELECT 1 FROM "+r.Kind+"_tags AS t WHERE t."+r.Kind+"_pk = e.pk AND t.tag = ?)", tag)
	}
	return nil
}

func dateFilter(r *rows.Relation, w *where, q Query) error {
	for _, limit := range []struct {
		at schema.Time
		op string
	}{{q.From, " >= ?"}, {q.To, " < ?"}} {
		if limit.at == "" {
			continue
		}
		if _, ok := schema.ParseTime(string(limit.at)); !ok {
			return &schema.InvalidError{Kind: r.Kind, Field: "date", Problem: fmt.Sprintf("%q is no time such as %s", limit.at, schema.TimeLayout)}
		}
		column := "e." + r.Date
		if q.Also.inOrder && q.Sort != "" && q.Sort != SortDate && q.Sort != "-"+SortDate {
			column = "+" + column // else SQLite would take the index of it, and sort
		}
		w.add(column+limit.op, string(limit.at))
	}
	return nil
}

// linkFilter asks for a link between e and one of some entities, written at either
// end. The member topicId of the app may name a company or a contact.
func linkFilter(r *rows.Relation, w *where, links []schema.Link) error {
	var arms []string
	var args []any
	for _, l := range links {
		other, err := rows.RelationOf(l.Kind)
		if err != nil {
			return err
		}
		a := linkArms(r, other)
		if len(a) == 0 {
			return &schema.InvalidError{Kind: r.Kind, Field: "links", Problem: "there are none to a " + l.Kind}
		}
		for range a {
			args = append(args, l.ID)
		}
		arms = append(arms, a...)
	}
	w.add("e.pk IN ("+strings.Join(arms, " UNION ")+")", args...)
	return nil
}

// linkArms are the ways in which a link to an entity of another kind can be written.
func linkArms(r *rows.Relation, other *rows.Relation) (arms []string) {
	if HasLinks(r) {
		kinds := "kind = '" + other.Kind + "'"
		if other.Kind == "company" || other.Kind == "contact" {
			kinds = "kind IN ('" + other.Kind + "', 'topic')"
		}
		arms = append(arms, "SELECT "+r.Kind+"_pk FROM "+r.Kind+"_links WHERE id = ? AND "+kinds)
	}
	if HasLinks(other) {
		kinds := "l.kind = '" + r.Kind + "'"
		if r.Kind == "company" || r.Kind == "contact" {
			kinds = "l.kind IN ('" + r.Kind + "', 'topic')"
		}
		arms = append(arms, "SELECT x.pk FROM "+other.Name+" AS o JOIN "+other.Kind+"_links AS l ON l."+other.Kind+"_pk = o.pk JOIN "+
			r.Name+" AS x ON x.id = l.id WHERE o.id = ? AND "+kinds)
	}
	return arms
}

func HasLinks(r *rows.Relation) bool {
	for _, c := range r.Children {
		if c.Form == schema.FormLinks {
			return true
		}
	}
	return false
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
	_, err := FilterOf(r, q)
	return err == nil
}

// MomentsFilter is the filter for entities whose moments are looked for: the times are
// those of the moments.
func MomentsFilter(r *rows.Relation, q Query) (*where, error) {
	q.From, q.To = "", ""
	return FilterOf(r, q)
}

// passing gives those of some entities that pass the filter.
func passing(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, ask map[int64]bool) (pks []int64, err error) {
	w, err := MomentsFilter(r, q)
	if err != nil {
		return nil, err
	}
	list := make([]int64, 0, len(ask))
	for pk := range ask {
		list = append(list, pk)
	}
	asked, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	text := "SELECT e.pk\nFROM json_each(?) AS j\nCROSS JOIN " + r.Name + " AS e ON e.pk = j.value" + w.SQL()
	err = x.Select(ctx, &pks, text, append([]any{string(asked)}, w.Args...)...)
	return pks, err
}

// someMoments gives at most limit of the entities whose moments can pass the filter.
func someMoments(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, limit int) ([]int64, error) {
	w, err := MomentsFilter(r, q)
	if err != nil {
		return nil, err
	}
	return someOf(ctx, x, r, w, limit)
}

// someOf gives at most limit of the entities that pass a filter.
func someOf(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, w *where, limit int) (pks []int64, err error) {
	err = x.Select(ctx, &pks, "SELECT e.pk\nFROM "+r.Name+" AS e"+w.SQL()+"\nLIMIT ?", append(w.Args, limit)...)
	return pks, err
}
