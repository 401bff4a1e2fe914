package listing

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/pattern"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// Explanation tells how the store would answer a query.
type Explanation struct {
	Words []string `json:"words"` // in the order in which things are done
	Match string   `json:"match"` // what FTS5 is asked for; "" without a text
	SQL   string   `json:"sql"`
	Plan  []string `json:"plan"` // SQLite's own
}

// Explain tells how a page of a list is made.
func (s *Selection) Explain(ctx context.Context, x *sqlitedb.Tx, asked Query) (e Explanation, err error) {
	o, err := orderOf(s.r, s.q)
	if err != nil {
		return e, err
	}
	at, err := cursorOf(s.r, asked)
	if err != nil {
		return e, err
	}
	n, err := limitOf(s.r, asked)
	if err != nil {
		return e, err
	}
	e.Match = s.words.Match
	switch {
	case s.words.Nothing:
		e.Words = []string{"nothing can match: a name or a kind in the text fits no record"}
		return e, nil
	case s.none:
		e.Words = []string{"nothing can match: no record has what a filter asks for"}
		return e, nil
	}
	page, err := s.PageSQL(at, asked.Before != "", n+1)
	if err != nil || len(page) == 0 {
		return e, err
	}
	text, args := page[0].SQL, page[0].Args
	if e.Plan, err = Plan(ctx, x, text, args); err != nil {
		return e, err
	}
	e.SQL, e.Words = text, slices.Concat(s.words.explain(), s.explain(o), planWords(s.r, e.Plan))
	return e, nil
}

// explain says which facets are gone through, and which ones are looked at.
func (s *Selection) explain(o order) (list []string) {
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

// explain says how the words are looked up.
func (w Words) explain() []string {
	switch {
	case w.SQL == "":
		return nil
	case w.Texts != nil:
		return []string{fmt.Sprintf("the words are common: look for one text of each record in turn, at most %d, and only then list all texts that match", triedMost)}
	}
	return []string{w.How}
}

var planStep = pattern.Of(`^(SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?(?:INDEX (\w+)|INTEGER PRIMARY KEY|PRIMARY KEY))?`)

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

// Plan gives the lines of SQLite's plan for a statement.
func Plan(ctx context.Context, x *sqlitedb.Tx, text string, args []any) (lines []string, err error) {
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
