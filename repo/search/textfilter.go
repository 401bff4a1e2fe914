package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
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
// of a query. Where there are more, a page in the query's order soon is full: see Texts.
// Of a session many match.
const (
	fewMatches        = 8000
	fewSessionMatches = 500
)

// sortedMatches is from how many entities on it is better to go through all in the
// query's order, until a page is full, than to read and sort those.
const sortedMatches = 500

// Words are what the entities of a kind must meet to match.
func (t *TextFilter) Words(kind string) listing.Words {
	// So many match that a page is soon full when one goes through all in their order.
	w := listing.Words{InOrder: t.dated && (t.many || t.Owners == ""), Listed: t.texts, Match: string(t.Match)}
	switch {
	case t.many:
		w.SQL, w.Args = "+e.pk IN (SELECT value FROM json_each(?))", []any{t.Owners}
	case t.Owners != "":
		w.SQL, w.Args, w.Few = "e.pk IN (SELECT value FROM json_each(?))", []any{t.Owners}, true
	default:
		// The list of matches does not depend on e: SQLite makes it once.
		w.SQL = "EXISTS (SELECT 1 FROM search_rows AS s WHERE s.kind = '" + kind + "' AND s.owner_pk = e.pk AND +s.pk IN " +
			"(SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?))"
		w.Args = []any{string(t.Match), t.Keys.From, t.Keys.To}
	}
	if t.lacking > 0 {
		w.SQL += " AND NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = '" + kind + "' AND d.owner_pk = e.pk)"
	}
	if t.common {
		w.Texts = t
	}
	if w.How = "the words are common: list their texts once, and compare each record with that list"; t.Owners != "" {
		w.How = fmt.Sprintf("the words are rare: look them up in the search index first (%d records)", strings.Count(t.Owners, ",")+min(1, len(t.Owners)-2))
	}
	return w
}

// Prepared is what a query selects whose Text was looked at.
type Prepared struct {
	*listing.Selection
	Asked     listing.Query // with the filters in the text
	Unknown   []string      // filters in the text that name nothing there is
	Unindexed int64         // records that are left out, because the index does not know them
}

// PrepareText looks at q.Text: its filters become those of the query, and its words a
// list of entities, or a condition where those are many.
func PrepareText(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, g Gap, asked listing.Query, now schema.Time) (p Prepared, err error) {
	parsed, err := parse(asked)
	if err != nil {
		return p, err
	}
	q, err := resolveFilters(ctx, x, asked, parsed.Filters, now)
	if err != nil {
		return p, err
	}
	p.Unknown, p.Asked = q.unknown, q.Query
	var words listing.Words
	switch {
	case len(q.unknown) > 0 || q.kinds != nil && !slices.Contains(q.kinds, r.Kind):
		words.Nothing = true
	case len(parsed.Clauses) > 0:
		t, err := findText(ctx, x, r, q.Query, parsed)
		if err != nil {
			return p, IndexError(err)
		}
		t.lacking = g.count(r.Kind)
		t.common = t.Owners == "" && t.lacking == 0
		if !isNarrow(q.Query) && !t.common { // the index knows the labels
			q.Status, q.Tags, q.AnyTags = nil, nil, nil
		}
		words, p.Unindexed = t.Words(r.Kind), t.lacking
	}
	p.Selection, err = listing.Select(ctx, x, r, q.Query, words)
	return p, err
}

// findText asks the index for the entities of a kind that match.
func findText(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q listing.Query, parsed fts.Query) (*TextFilter, error) {
	inner, err := expand(ctx, x, parsed)
	if err != nil {
		return nil, err
	}
	t := &TextFilter{Match: parsed.Match([]string{r.Kind}, labelsOf(q), inner)}
	if t.Keys, t.dated, err = textKeys(ctx, x, r.Kind, q); err != nil {
		return nil, err
	}
	if t.begun, err = begunOf(ctx, x, parsed, []string{r.Kind}, labelsOf(q), inner); err != nil {
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
func textKeys(ctx context.Context, x *sqlitedb.Tx, kind string, q listing.Query) (index.Range, bool, error) {
	if kind == rows.Sessions.Kind || q.From == "" && q.To == "" {
		return index.Span("", "", q.Trash, 0), false, nil
	}
	spill, err := index.Spill(ctx, x, q.To, q.Trash)
	return index.Span(q.From, q.To, q.Trash, spill), true, err
}
