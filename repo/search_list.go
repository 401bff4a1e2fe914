package repo

import (
	"context"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
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

// condition is what entities of a kind must meet to match.
func (t *textFilter) condition(kind string) condition {
	// So many match that a page is soon full when one goes through all in their order.
	c := condition{inOrder: t.dated && (t.many || t.owners == "")}
	switch {
	case t.many:
		c.sql, c.args = "+e.pk IN (SELECT value FROM json_each(?))", []any{t.owners}
	case t.owners != "":
		c.sql, c.args = "e.pk IN (SELECT value FROM json_each(?))", []any{t.owners}
	default:
		// The list of matches does not depend on e: SQLite makes it once.
		c.sql = "EXISTS (SELECT 1 FROM search_rows AS s WHERE s.kind = '" + kind + "' AND s.owner_pk = e.pk AND +s.pk IN " +
			"(SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?))"
		c.args = []any{string(t.match), t.keys.From, t.keys.To}
	}
	if t.lacking > 0 {
		c.sql += " AND NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = '" + kind + "' AND d.owner_pk = e.pk)"
	}
	return c
}

// readyQuery is a Query whose Text was looked at.
type readyQuery struct {
	Query
	text *textFilter // nil: there are no words
}

// tries tells whether a page is made by looking at one entity after the other.
func (q readyQuery) tries() bool { return q.text != nil && q.text.common }

// unindexed counts the records that are left out.
func (q readyQuery) unindexed() int64 {
	if q.text == nil {
		return 0
	}
	return q.text.lacking
}

// prepareText looks at q.Text: its filters become those of the query, and its words a
// list of entities, or a condition where those are many.
func prepareText(ctx context.Context, x *sqlitedb.Tx, r *relation, g gap, q Query, now schema.Time) (readyQuery, error) {
	parsed, err := fts.Parse(q.Text)
	if err != nil {
		return readyQuery{}, err
	}
	q, kinds, err := resolveFilters(ctx, x, q, parsed.Filters, now)
	if err != nil {
		return readyQuery{}, err
	}
	if kinds != nil && !slices.Contains(kinds, r.kind) {
		q.impossible = true
	}
	if q.impossible || len(parsed.Clauses) == 0 {
		return readyQuery{Query: q}, nil
	}
	t, err := findText(ctx, x, r, q, parsed)
	if err != nil {
		return readyQuery{}, indexError(err)
	}
	t.lacking = g.count(r.kind)
	t.common = t.owners == "" && t.lacking == 0
	if !q.isNarrow() && !t.common { // the index knows the labels
		q.Status, q.Tags, q.AnyTags = nil, nil, nil
	}
	q.also = t.condition(r.kind)
	return readyQuery{q, t}, nil
}

// findText asks the index for the entities of a kind that match.
func findText(ctx context.Context, x *sqlitedb.Tx, r *relation, q Query, parsed fts.Query) (*textFilter, error) {
	inner, err := expand(ctx, x, parsed)
	if err != nil {
		return nil, err
	}
	t := &textFilter{match: parsed.Match([]string{r.kind}, q.labels(), inner)}
	if t.keys, t.dated, err = textKeys(ctx, x, r.kind, q); err != nil {
		return nil, err
	}
	limit := int64(fewMatches)
	if r.kind == sessions.kind {
		limit = fewSessionMatches
	}
	owners, n, err := index.Owners(ctx, x, t.match, t.keys, limit)
	if n <= limit {
		t.owners, t.many = owners, n > sortedMatches
	}
	return t, err
}

// textKeys gives the keys of the texts that can match. Where an entity is one text, that
// has the entity's time; the moments of a session have times of their own.
func textKeys(ctx context.Context, x *sqlitedb.Tx, kind string, q Query) (index.Range, bool, error) {
	if kind == sessions.kind || q.From == "" && q.To == "" {
		return index.Span("", "", q.Trash, 0), false, nil
	}
	spill, err := index.Spill(ctx, x)
	return index.Span(q.From, q.To, q.Trash, spill), true, err
}

// listBriefs reads the next n rows after c in the order of q; with back those before
// it, the nearest first. Rows without a sort key are the last in both directions.
func listBriefs(ctx context.Context, x *sqlitedb.Tx, r *relation, q readyQuery, c cursor, n int, back bool) (page briefs, _ error) {
	o, err := orderOf(r, q.Query)
	if err != nil {
		return page, err
	}
	if back {
		o.desc = !o.desc
	}
	for len(page.rows) < n {
		if err := nextBriefs(ctx, x, r, q, o, c, &page, n); err != nil {
			return page, err
		}
		if len(page.rows) >= n || c.Null != back || !o.null {
			break
		}
		c = cursor{Null: !back} // on to those without a sort key, or back to those with one
	}
	return page, nil
}

// nextBriefs adds what comes after c to a page of n at most.
func nextBriefs(ctx context.Context, x *sqlitedb.Tx, r *relation, q readyQuery, o order, c cursor, page *briefs, n int) error {
	if q.tries() {
		last, whole, err := tryBriefs(ctx, x, r, q, o, c, page, n)
		if err != nil || whole {
			return err
		}
		c = last
	}
	text, args, err := pageSQL(r, q.Query, o, c, n-len(page.rows))
	if err != nil {
		return err
	}
	return scanBriefs(ctx, x, r, page, q.Sort, n, text, args)
}

// triedMost is how many entities are looked at one by one for a page.
const triedMost = 200

// tryBriefs is nextBriefs for words that very many texts have: it goes through the entities that
// the rest of the query leaves and asks for one text of each, which takes 0.1 ms, where the
// list of all texts that match takes 80. If too few have one, it gives the last that it
// has looked at, and the page is not whole.
func tryBriefs(ctx context.Context, x *sqlitedb.Tx, r *relation, q readyQuery, o order, c cursor, page *briefs, n int) (last cursor, whole bool, _ error) {
	match := q.text.match
	q.text, q.also = nil, condition{}
	for tried := 0; tried < triedMost && len(page.rows) < n; {
		size := n - len(page.rows) + 8 // some of them fail
		text, args, err := pageSQL(r, q.Query, o, c, size)
		if err != nil {
			return c, false, err
		}
		var some briefs
		if err := scanBriefs(ctx, x, r, &some, q.Sort, size, text, args); err != nil {
			return c, false, err
		}
		for i := 0; i < len(some.rows) && len(page.rows) < n; i++ {
			has, err := index.Has(ctx, x, match, r.kind, some.rows[i].PK)
			if err != nil {
				return c, false, indexError(err)
			}
			if c = some.at(i); has {
				page.add(some.rows[i], some.keys[i], n)
			}
		}
		if tried += len(some.rows); len(some.rows) < size {
			return c, true, nil
		}
	}
	return c, len(page.rows) == n, nil
}
