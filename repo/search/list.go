package search

import (
	"context"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// TextFilter is the words of a Query, for one kind.
type TextFilter struct {
	Owners  string // JSON list of the entities that match, where those are few
	texts   int64  // how many texts of them match, where they are listed
	many    bool   // but not so few that they are to be sorted
	common  bool   // so many texts match that most entities which the rest of the query leaves have one
	dated   bool   // the keys are those of the time that the query asks for
	begun   *begun // how beginnings that very many texts have are looked for; nil: there are none
	lacking int64  // records of the kind that the index does not know, and that are left out
	Match   fts.Match
	Keys    index.Range
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

// Condition is what entities of a kind must meet to match.
func (t *TextFilter) Condition(kind string) condition {
	// So many match that a page is soon full when one goes through all in their order.
	c := condition{inOrder: t.dated && (t.many || t.Owners == ""), listed: t.texts}
	switch {
	case t.many:
		c.SQL, c.args = "+e.pk IN (SELECT value FROM json_each(?))", []any{t.Owners}
	case t.Owners != "":
		c.SQL, c.args, c.few = "e.pk IN (SELECT value FROM json_each(?))", []any{t.Owners}, true
	default:
		// The list of matches does not depend on e: SQLite makes it once.
		c.SQL = "EXISTS (SELECT 1 FROM search_rows AS s WHERE s.kind = '" + kind + "' AND s.owner_pk = e.pk AND +s.pk IN " +
			"(SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?))"
		c.args = []any{string(t.Match), t.Keys.From, t.Keys.To}
	}
	if t.lacking > 0 {
		c.SQL += " AND NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = '" + kind + "' AND d.owner_pk = e.pk)"
	}
	return c
}

// ReadyQuery is a Query whose Text was looked at, and what it selects.
type ReadyQuery struct {
	Query
	text *TextFilter // nil: there are no words
	sel  *selection
}

// Ready looks up what a query without a Text selects.
func Ready(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query) (ReadyQuery, error) {
	return ready(ctx, x, r, q, nil)
}

func ready(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, t *TextFilter) (ReadyQuery, error) {
	s, err := selectionOf(ctx, x, r, q)
	return ReadyQuery{q, t, s}, err
}

// tries tells whether a page is made by looking at one entity after the other.
func (q ReadyQuery) tries() bool { return q.text != nil && q.text.common }

// Unindexed counts the records that are left out.
func (q ReadyQuery) Unindexed() int64 {
	if q.text == nil {
		return 0
	}
	return q.text.lacking
}

// PrepareText looks at q.Text: its filters become those of the query, and its words a
// list of entities, or a condition where those are many.
func PrepareText(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, g Gap, q Query, now schema.Time) (ReadyQuery, error) {
	parsed, err := fts.Parse(q.Text)
	if err != nil {
		return ReadyQuery{}, err
	}
	q, kinds, err := resolveFilters(ctx, x, q, parsed.Filters, now)
	if err != nil {
		return ReadyQuery{}, err
	}
	if kinds != nil && !slices.Contains(kinds, r.Kind) {
		q.impossible = true
	}
	if q.impossible || len(parsed.Clauses) == 0 {
		return ready(ctx, x, r, q, nil)
	}
	t, err := findText(ctx, x, r, q, parsed)
	if err != nil {
		return ReadyQuery{}, IndexError(err)
	}
	t.lacking = g.count(r.Kind)
	t.common = t.Owners == "" && t.lacking == 0
	if !q.IsNarrow() && !t.common { // the index knows the labels
		q.Status, q.Tags, q.AnyTags = nil, nil, nil
	}
	q.Also = t.Condition(r.Kind)
	return ready(ctx, x, r, q, t)
}

// findText asks the index for the entities of a kind that match.
func findText(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, parsed fts.Query) (*TextFilter, error) {
	inner, err := expand(ctx, x, parsed)
	if err != nil {
		return nil, err
	}
	t := &TextFilter{Match: parsed.Match([]string{r.Kind}, q.labels(), inner)}
	if t.Keys, t.dated, err = textKeys(ctx, x, r.Kind, q); err != nil {
		return nil, err
	}
	if t.begun, err = begunOf(ctx, x, parsed, []string{r.Kind}, q.labels(), inner); err != nil {
		return nil, err
	}
	if t.begun != nil {
		return t, t.findBegun(ctx, x)
	}
	limit := int64(fewMatches)
	if r.Kind == rows.Sessions.Kind {
		limit = fewSessionMatches
	}
	owners, n, err := index.Owners(ctx, x, t.Match, t.Keys, limit)
	if n <= limit {
		t.Owners, t.texts, t.many = owners, n, n > sortedMatches
	}
	return t, err
}

// textKeys gives the keys of the texts that can match. Where an entity is one text, that
// has the entity's time; the moments of a session have times of their own.
func textKeys(ctx context.Context, x *sqlitedb.Tx, kind string, q Query) (index.Range, bool, error) {
	if kind == rows.Sessions.Kind || q.From == "" && q.To == "" {
		return index.Span("", "", q.Trash, 0), false, nil
	}
	spill, err := index.Spill(ctx, x, q.To, q.Trash)
	return index.Span(q.From, q.To, q.Trash, spill), true, err
}

// ListBriefs reads the next n rows after c in the order of q; with back those before
// it, the nearest first. Rows without a sort key are the last in both directions.
func ListBriefs(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q ReadyQuery, c At, n int, back bool) (page briefs, _ error) {
	o, err := orderOf(r, q.Query)
	if err != nil || q.sel.none {
		return page, err
	}
	if back {
		o.desc = !o.desc
	}
	if q.tries() {
		last, whole, err := tryBriefs(ctx, x, q, o, c, back, &page, n)
		if err != nil || whole {
			return page, err
		}
		c = last
	}
	if q.sel.everything(o, c, n) {
		if whole, err := q.sel.readEverything(ctx, x, o, &page, n); err != nil || whole {
			return page, err
		}
	}
	return page, q.sel.briefsAfter(ctx, x, o, c, back, &page, n)
}

// briefsAfter adds what comes after c to a page of n at most.
func (s *selection) briefsAfter(ctx context.Context, x *sqlitedb.Tx, o order, c At, back bool, page *briefs, n int) error {
	for _, st := range s.stretches(o, c, back) {
		if len(page.Rows) >= n {
			return nil
		}
		if s.timeless(o, st) {
			continue
		}
		text, args := s.stretchSQL(o, st, n-len(page.Rows))
		if err := scanBriefs(ctx, x, s.r, page, o.by, n, text, args); err != nil {
			return err
		}
	}
	return nil
}

// triedMost is how many entities are looked at one by one for a page.
const triedMost = 200

// tryBriefs is briefsAfter for words that very many texts have: it goes through the entities that
// the rest of the query leaves and asks for one text of each, which takes 0.1 ms, where the
// list of all texts that match takes 80. If too few have one, it gives the last that it
// has looked at, and the page is not whole.
func tryBriefs(ctx context.Context, x *sqlitedb.Tx, q ReadyQuery, o order, c At, back bool, page *briefs, n int) (last At, whole bool, _ error) {
	rest := *q.sel
	rest.q.Also = condition{}
	for tried := 0; tried < triedMost && len(page.Rows) < n; {
		size := n - len(page.Rows) + 8 // some of them fail
		var some briefs
		if err := rest.briefsAfter(ctx, x, o, c, back, &some, size); err != nil {
			return c, false, err
		}
		for i := 0; i < len(some.Rows) && len(page.Rows) < n; i++ {
			has, err := q.text.has(ctx, x, rest.r.Kind, some.Rows[i].PK)
			if err != nil {
				return c, false, IndexError(err)
			}
			if c = some.At(i); has {
				b, key := page.add(n)
				*b, *key = some.Rows[i], some.keys[i]
			}
		}
		if tried += len(some.Rows); len(some.Rows) < size {
			return c, true, nil
		}
	}
	return c, len(page.Rows) == n, nil
}
