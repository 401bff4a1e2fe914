package search

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Explanation tells how the store would answer a query.
type Explanation struct {
	Words []string `json:"words"` // in the order in which things are done
	Match string   `json:"match"` // what FTS5 is asked for; "" without a text
	SQL   string   `json:"sql"`
	Plan  []string `json:"plan"` // SQLite's own
}

// ExplainPage tells how a page of a list is made.
func ExplainPage(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, asked Query, ready ReadyQuery) (e Explanation, err error) {
	o, err := orderOf(r, ready.Query)
	if err != nil {
		return e, err
	}
	at, err := cursorOf(r, asked)
	if err != nil {
		return e, err
	}
	n, err := limitOf(r, asked)
	if err != nil {
		return e, err
	}
	if ready.text != nil {
		e.Match = string(ready.text.Match)
	}
	switch {
	case ready.impossible:
		e.Words = []string{"nothing can match: a name or a kind in the text fits no record"}
		return e, nil
	case ready.sel.none:
		e.Words = []string{"nothing can match: no record has what a filter asks for"}
		return e, nil
	}
	page, err := ready.PageSQL(at, asked.Before != "", n+1)
	if err != nil || len(page) == 0 {
		return e, err
	}
	text, args := page[0].SQL, page[0].Args
	if e.Plan, err = planOf(ctx, x, text, args); err != nil {
		return e, err
	}
	e.SQL, e.Words = text, append(append(ready.text.words(), ready.sel.words(o)...), planWords(r, e.Plan)...)
	return e, nil
}

// words says which facets are gone through, and which ones are looked at.
func (s *selection) words(o order) (list []string) {
	rest := s.choices
	if !s.fromRecords() {
		first := rest[0]
		rest = rest[1:]
		how := "in the order of " + string(o.by) + " until the page is full"
		if s.byTime {
			how = "of the time asked for, which leaves few"
		}
		list = append(list, fmt.Sprintf("go through the %d %s with %s, %s", first.records(), s.r.Name, first, how))
	}
	for _, c := range rest {
		list = append(list, fmt.Sprintf("look whether each has %s, as %d have", c, c.records()))
	}
	if len(s.not) > 0 {
		list = append(list, fmt.Sprintf("leave out those with %s", choice{facets: s.not}))
	}
	return list
}

// String names a choice: tag work or tag home.
func (c choice) String() string {
	var names []string
	for _, f := range c.facets {
		switch {
		case f.Field == rows.FacetAll:
			names = append(names, "a place in the trash")
		default:
			names = append(names, strings.TrimSpace(f.Field)+" "+strconv.Quote(f.Value))
		}
	}
	if n := len(names); n > 4 {
		names = append(names[:3], fmt.Sprintf("%d more", n-3))
	}
	if len(c.named) > 0 {
		names = append(names, "a link that the other record holds")
	}
	return strings.Join(names, " or ")
}

func (t *TextFilter) words() []string {
	switch {
	case t == nil:
		return nil
	case t.Owners != "":
		return []string{fmt.Sprintf("the words are rare: look them up in the search index first (%d records)", strings.Count(t.Owners, ",")+min(1, len(t.Owners)-2))}
	}
	if t.common {
		return []string{fmt.Sprintf("the words are common: look for one text of each record in turn, at most %d, and only then list all texts that match", triedMost)}
	}
	return []string{"the words are common: list their texts once, and compare each record with that list"}
}

var planStep = regexp.MustCompile(`^(SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?(?:INDEX (\w+)|INTEGER PRIMARY KEY|PRIMARY KEY))?`)

// planWords says in words what SQLite's plan says of the records themselves.
func planWords(r *rows.Relation, plan []string) (list []string) {
	for _, line := range plan {
		m := planStep.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "USE TEMP B-TREE FOR"):
			list = append(list, "sort what is left")
		case m == nil || m[2] != "e" || strings.Contains(line, "EXISTS"):
		case m[3] == "":
			list = append(list, "go to each of these "+r.Name+" by its key")
		case m[1] == "SCAN":
			list = append(list, "read "+r.Name+" in the order of the index "+m[3]+" until the page is full")
		case strings.Contains(line, "("):
			list = append(list, "go into the index "+m[3]+" of "+r.Name+" at "+line[strings.IndexByte(line, '('):])
		}
	}
	return list
}

func planOf(ctx context.Context, x *sqlitedb.Tx, text string, args []any) (lines []string, err error) {
	result, err := x.Query(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	for result.Next() {
		var id, parent, unused int64
		var detail string
		if err := result.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		lines = append(lines, detail)
	}
	return lines, result.Err()
}

func ExplainSearch(ctx context.Context, x *sqlitedb.Tx, g Gap, q Search, now schema.Time) (e Explanation, err error) {
	parsed, err := fts.Parse(q.Text)
	if err != nil {
		return e, err
	}
	f, err := newFinder(ctx, x, g, q, parsed, now)
	if err != nil {
		return e, err
	}
	match, _ := f.ask()
	e.Match = string(match)
	if e.Words, err = f.words(ctx); err != nil {
		return e, err
	}
	n := f.q.Limit
	if f.q.Rank == RankRelevance {
		n = rankedTexts(f.match)
	}
	text, args := index.NewestSQL(match, f.keys, n)
	e.SQL = text
	e.Plan, err = planOf(ctx, x, text, args)
	return e, err
}

func (f *finder) words(ctx context.Context) (list []string, err error) {
	if f.q.impossible || len(f.kinds) == 0 {
		return []string{"nothing can match: no record fits a name, a kind or a filter"}, nil
	}
	match, _ := f.ask()
	n, err := index.Count(ctx, f.x, match, f.keys, countLimit)
	if err != nil {
		return nil, err
	}
	if f.begun != nil {
		list = append(list, fmt.Sprintf("very many texts have a word that begins so: look into the texts themselves, the newest first, at most %d, for what FTS5 is not asked for", lookedMost))
	}
	list = append(list, fmt.Sprintf("the words are in %d texts%s of the time asked for", n, orMore(n)))
	if f.narrow {
		some := 0
		for _, r := range f.kinds {
			pks, err := someMoments(ctx, f.x, r, f.q.Query, fewEntities+1-some)
			if err != nil {
				return nil, err
			}
			if some += len(pks); some > fewEntities {
				break
			}
		}
		if some <= fewEntities {
			list = append(list, fmt.Sprintf("the filter leaves %d records: compare their texts with those", some))
		} else {
			list = append(list, fmt.Sprintf("the filter leaves more than %d records: look at the texts, the newest first, and drop what does not pass", fewEntities))
		}
	}
	if f.q.Rank == RankNewest {
		return append(list, "take texts, the newest first, until the page has its records"), nil
	}
	return append(list, fmt.Sprintf("compare the newest %d by relevance", rankedTexts(f.match))), nil
}

func orMore(n int64) string {
	if n >= countLimit {
		return " or more"
	}
	return ""
}
