package repo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/schema"
)

// textFilter is the words of a Query, for one kind.
type textFilter struct {
	owners  string // JSON list of the entities that match, where those are few
	many    bool   // but not so few that they are to be sorted
	common  bool   // so many texts match that most entities which the rest of the query leaves have one
	dated   bool   // the keys are those of the time that the query asks for
	lacking int64  // records of the kind that the index does not know, and that are left out
	match   fts.Match
	keys    index.Range
}

// fewMatches is up to how many texts that match are looked at before the rest
// of a query. Where there are more, a page in the query's order soon is full: see tryBriefs.
// Of a session many match.
const (
	fewMatches        = 8000
	fewSessionMatches = 500
)

// sortedMatches is from how many entities on it is better to go through all in the
// query's order, until a page is full, than to read and sort those.
const sortedMatches = 500

// manyFound tells whether so many entities match that a page is soon full when one goes
// through all in their order.
func (t *textFilter) manyFound() bool { return t != nil && (t.many || t.owners == "") }

// inOrder tells whether the records are to be gone through in the query's order though
// it asks for a time: what was found is of that time.
func (t *textFilter) inOrder() bool { return t.manyFound() && t.dated }

// tries tells whether a page is made by looking at one entity after the other.
func (t *textFilter) tries() bool { return t != nil && t.common }

// unindexed counts the records that are left out.
func (t *textFilter) unindexed() int64 {
	if t == nil {
		return 0
	}
	return t.lacking
}

func (t *textFilter) filter(w *where, kind string) {
	if t.unindexed() > 0 {
		w.add("NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = '" + kind + "' AND d.owner_pk = e.pk)")
	}
	switch {
	case t == nil:
	case t.many:
		w.add("+e.pk IN (SELECT value FROM json_each(?))", t.owners)
	case t.owners != "":
		w.add("e.pk IN (SELECT value FROM json_each(?))", t.owners)
	default:
		// The list of matches does not depend on e: SQLite makes it once.
		w.add("EXISTS (SELECT 1 FROM search_rows AS s WHERE s.kind = '"+kind+"' AND s.owner_pk = e.pk AND +s.pk IN "+
			"(SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?))", string(t.match), t.keys.From, t.keys.To)
	}
}

// prepare looks at q.Text: its filters become those of the query, and its words a
// list of entities, or a condition where those are many.
func (r *relation) prepare(ctx context.Context, x execer, g gap, q Query, now schema.Time) (Query, error) {
	if q.Text == "" {
		return q, nil
	}
	parsed, err := fts.Parse(q.Text)
	if err != nil {
		return q, err
	}
	q, kinds, err := resolveFilters(ctx, x, q, parsed.Filters, now)
	if err != nil {
		return q, err
	}
	if kinds != nil && !slices.Contains(kinds, r.kind) {
		q.impossible = true
	}
	if q.impossible || len(parsed.Clauses) == 0 {
		return q, nil
	}
	inner, err := expand(ctx, indexConn{x}, parsed)
	if err != nil {
		return q, indexError(err)
	}
	t := &textFilter{match: parsed.Match([]string{r.kind}, q.labels(), inner), lacking: g.count(r.kind)}
	if t.keys, t.dated, err = r.keysOf(ctx, x, q); err != nil {
		return q, indexError(err)
	}
	err = r.matchOwners(ctx, x, t)
	t.common = t.owners == "" && t.lacking == 0
	if q.text = t; !q.isNarrow() && !t.common { // the index knows the labels
		q.Status, q.Tags, q.AnyTags = nil, nil, nil
	}
	return q, indexError(err)
}

// keysOf gives the keys of the texts that can match. Where an entity is one text, that
// has the entity's time; the moments of a session have times of their own.
func (r *relation) keysOf(ctx context.Context, x execer, q Query) (index.Range, bool, error) {
	if r.kind == sessions.kind || q.From == "" && q.To == "" {
		return index.Span("", "", q.Trash, 0), false, nil
	}
	spill, err := index.Spill(ctx, indexConn{x})
	return index.Span(q.From, q.To, q.Trash, spill), true, err
}

// matchOwners lists the entities that match, if the texts that do are few.
func (r *relation) matchOwners(ctx context.Context, x execer, t *textFilter) error {
	limit := int64(fewMatches)
	if r.kind == sessions.kind {
		limit = fewSessionMatches
	}
	owners, n, err := index.Owners(ctx, indexConn{x}, t.match, t.keys, limit)
	if n <= limit {
		t.owners, t.many = owners, n > sortedMatches
	}
	return err
}

// resolveFilters adds the filters that were typed to those of a query. kinds are
// the kinds that they allow; nil is all.
func resolveFilters(ctx context.Context, x execer, q Query, filters []fts.Filter, now schema.Time) (_ Query, kinds []string, err error) {
	q.Tags, q.Status, q.NotTags, q.NotStatus = slices.Clone(q.Tags), slices.Clone(q.Status), slices.Clone(q.NotTags), slices.Clone(q.NotStatus)
	q.AnyLinks = slices.Clone(q.AnyLinks)
	for _, f := range filters {
		switch f.Field {
		case "kind":
			kinds, err = typedKinds(kinds, f)
		case "tag":
			appendTo(&q.Tags, &q.NotTags, f)
		case "status":
			appendTo(&q.Status, &q.NotStatus, f)
		case "is":
			err = q.typedState(f)
		case "topic", "company", "contact", "note", "session", "task":
			err = q.typedLink(ctx, x, f)
		default:
			err = q.typedTime(f, now)
		}
		if err != nil {
			return q, nil, err
		}
	}
	return q, kinds, nil
}

func appendTo(want, not *[]string, f fts.Filter) {
	if f.Not {
		want = not
	}
	*want = append(*want, f.Value)
}

func typedError(f fts.Filter, problem string, args ...any) error {
	return &schema.InvalidError{Kind: "search", Field: f.Field + ":" + f.Value, Problem: fmt.Sprintf(problem, args...)}
}

// typedKinds reads kind:notes,tasks. Several such filters want what all allow.
func typedKinds(kinds []string, f fts.Filter) ([]string, error) {
	var named []string
	for _, name := range strings.Split(strings.ToLower(f.Value), ",") {
		i := slices.IndexFunc(relations, func(r *relation) bool { return name == r.kind || name == r.name })
		if i < 0 {
			return nil, typedError(f, "is none of %s", strings.Join(Collections()[:len(relations)], ", "))
		}
		named = append(named, relations[i].kind)
	}
	allowed := []string{}
	for _, r := range relations {
		if slices.Contains(named, r.kind) != f.Not && (kinds == nil || slices.Contains(kinds, r.kind)) {
			allowed = append(allowed, r.kind)
		}
	}
	return allowed, nil
}

func (q *Query) typedState(f fts.Filter) error {
	trash := strings.EqualFold(f.Value, "trash")
	if !trash && !strings.EqualFold(f.Value, "live") {
		return typedError(f, "is neither trash nor live")
	}
	q.Trash = trash != f.Not
	return nil
}

// typedLink reads topic:NAME or topic:ID. A name that several have means any of them.
func (q *Query) typedLink(ctx context.Context, x execer, f fts.Filter) error {
	if f.Not {
		return typedError(f, "cannot be left out with -; only tag, status, kind and words can")
	}
	r, err := relationOf(f.Field)
	if err != nil {
		return err
	}
	var ids []string
	err = x.sel(ctx, &ids, "SELECT id FROM "+r.name+" WHERE id = ?\nUNION\nSELECT e.id FROM "+r.name+" AS e WHERE e.trashed_at IS NULL AND "+
		r.titleOf("e")+" COLLATE NOCASE = ?", f.Value, f.Value)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		q.impossible, q.unknown = true, append(q.unknown, f.Field+":"+f.Value)
		return nil
	}
	any := make([]schema.Link, len(ids))
	for i, id := range ids {
		any[i] = schema.Link{Kind: r.kind, ID: id}
	}
	q.AnyLinks = append(q.AnyLinks, any)
	return nil
}

// typedTime reads after:, before:, since:, until:, on: and in:. Several of them
// leave the time that all of them allow.
func (q *Query) typedTime(f fts.Filter, now schema.Time) error {
	if f.Not {
		return typedError(f, "cannot be left out with -; use before: and after:")
	}
	zone, err := zoneOf(q.Zone)
	if err != nil {
		return err
	}
	at, err := now.Time()
	if err != nil {
		return err
	}
	from, to, err := Period(f.Value, at.In(zone))
	if err != nil {
		return typedError(f, "%v", err)
	}
	switch f.Field {
	case "after", "since":
		to = ""
	case "before":
		from, to = "", from
	case "until":
		from = ""
	}
	q.From = max(q.From, from)
	if to != "" && (q.To == "" || to < q.To) {
		q.To = to
	}
	return nil
}
