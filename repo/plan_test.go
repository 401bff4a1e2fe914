package repo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/repo/search"
	"taskstore/schema"
)

// planField is a way in which a query asks for less than everything.
type planField struct {
	name string
	set  func(*planQuery)
	fits func(*rows.Relation) bool
}

// planQuery is a query, and what the words of its text were found to be.
type planQuery struct {
	Query
	words *search.TextFilter // nil: there are none
}

func (q planQuery) wordsOf(r *rows.Relation) listing.Words {
	if q.words == nil {
		return listing.Words{}
	}
	return q.words.Words(r.Kind)
}

var planFields = []planField{
	{"status", func(q *planQuery) { q.Status = []string{"todo"} }, func(r *rows.Relation) bool { return r.Status != "" }},
	{"statuses", func(q *planQuery) { q.Status = []string{"todo", "done"} }, func(r *rows.Relation) bool { return r.Status != "" }},
	{"tag", func(q *planQuery) { q.Tags = []string{"a"} }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"tags", func(q *planQuery) { q.Tags = []string{"a", "b"} }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"link", func(q *planQuery) { q.Links = []schema.Link{{Kind: "note", ID: "n"}} }, (*rows.Relation).HasLinks},
	{"links", func(q *planQuery) { q.Links = []schema.Link{{Kind: "topic", ID: "n"}, {Kind: "company", ID: "c"}} }, (*rows.Relation).HasLinks},
	{"from", func(q *planQuery) { q.From = "2025-01-01T00:00:00.000Z" }, func(*rows.Relation) bool { return true }},
	{"to", func(q *planQuery) { q.To = "2025-01-01T00:00:00.000Z" }, func(*rows.Relation) bool { return true }},
	{"trash", func(q *planQuery) { q.Trash = true }, func(*rows.Relation) bool { return true }},
	{"any tag", func(q *planQuery) { q.AnyTags = []string{"a", "b"} }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"any link", func(q *planQuery) {
		q.AnyLinks = [][]schema.Link{{{Kind: "note", ID: "n"}, {Kind: "session", ID: "s"}}}
	}, (*rows.Relation).HasLinks},
	{"rare words", func(q *planQuery) { q.words = rareWords }, func(*rows.Relation) bool { return true }},
}

// rareWords is a text that three records match.
var rareWords = &search.TextFilter{Owners: "[1,2,3]"}

// commonWords is a text that very many texts match. It is a condition like any
// other, which makes nothing else worse: each record of what the rest of the query
// leaves, in the order of the page, is compared with a list that is made once.
var commonWords = &search.TextFilter{Match: `"a"`, Keys: index.Span("", "", false, 0)}

// scanOf is a line of a plan that reads a table or an index from end to end.
var scanOf = regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)

// allowed tells why a line of a plan is as it should be; "" is not.
//
// A SCAN of an index of the records in the order of the page ends after the page's rows:
// with LIMIT, and without a sorter above it, it is the best plan for a query without a
// filter. With one it could read everything for a few rows; so could a SEARCH of an
// index that the filter does not narrow.
func allowed(r *rows.Relation, q planQuery, line string, sorted bool) string {
	filtered := len(q.Status)+len(q.Tags)+len(q.AnyTags)+len(q.Links)+len(q.AnyLinks) > 0 || q.Trash || q.words == rareWords
	m := scanOf.FindStringSubmatch(line)
	switch {
	case m != nil && (m[1] == "json_each" || m[1] == "j"):
		return "the list of a page, or of facets"
	case m != nil && (m[1] == "f" || m[1] == "u") && m[2] == "":
		return "the rows of a subquery, which has a limit"
	case m != nil && m[1] == "search" && strings.Contains(line, "VIRTUAL TABLE INDEX"):
		return "one MATCH: its list does not depend on the record"
	case m != nil && (m[1] != "e" || m[2] == "" || sorted || filtered):
		return ""
	case m != nil:
		return "in the order of the page, which ends it"
	case !strings.HasPrefix(line, "SEARCH e ") || filtered && strings.Contains(line, "PRIMARY KEY"):
		return "a search"
	case !filtered:
		return "a search by the date, or in the order of the page"
	}
	return ""
}

// TestPlans: no filter and no order of a query, alone or two together, reads a
// whole table.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := openInternal(t)
	fillPlanFacets(t, s)
	for _, r := range rows.Relations {
		for i, a := range planFields {
			for _, b := range planFields[i:] {
				if !a.fits(r) || !b.fits(r) {
					continue
				}
				var q planQuery
				a.set(&q)
				b.set(&q)
				planOrders(t, s, r, a.name+"+"+b.name, q)
				if a.name == b.name && q.words == nil && !q.Trash {
					q.words = commonWords
					planOrders(t, s, r, a.name+"+"+b.name+"+common words", q)
				}
			}
		}
		planOrders(t, s, r, "everything", planQuery{})
		planOrders(t, s, r, "common words", planQuery{words: commonWords})
	}
}

// planPlaces are where a page may be.
var planPlaces = map[string]listing.At{"first": {}, "next": {Key: "2025", PK: 7}, "more undated": {Null: true, PK: 7}}

func planOrders(t *testing.T, s *Store, r *rows.Relation, name string, q planQuery) {
	t.Helper()
	for _, sort := range Sorts() {
		for _, q.Sort = range []Sort{sort, "-" + sort} {
			selection := selected(t, s, r, q)
			for at, c := range planPlaces {
				list, err := selection.PageSQL(c, c.PK != 0 && c.Null, 101)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range list {
					wantPlan(t, s, r, q, fmt.Sprintf("%s by %s, %s, %s", r.Name, q.Sort, name, at), one.SQL, one.Args)
				}
			}
		}
	}
	if name == "everything" { // counting everything is kept
		return
	}
	all := selected(t, s, r, q).RecordsSQL()
	for _, line := range plan(t, s, "SELECT count(*)\nFROM ("+all.SQL+")", all.Args) {
		if m := scanOf.FindStringSubmatch(line); m != nil && m[1] == "e" && m[2] == "" {
			t.Errorf("count %s, %s: %s", r.Name, name, line)
		}
	}
}

func selected(t *testing.T, s *Store, r *rows.Relation, q planQuery) (selection *listing.Selection) {
	t.Helper()
	err := s.read(t.Context(), func(x *sqlitedb.Tx) (err error) {
		selection, err = listing.Select(t.Context(), x, r, q.Query, q.wordsOf(r))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return selection
}

func wantPlan(t *testing.T, s *Store, r *rows.Relation, q planQuery, what, text string, args []any) {
	t.Helper()
	lines := plan(t, s, text, args)
	wantOneMatch(t, what, lines)
	sorted := slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "USE TEMP B-TREE FOR ORDER BY") })
	for _, line := range lines {
		if allowed(r, q, line, sorted) == "" {
			t.Errorf("%s: %s in\n%s\n%s", what, line, strings.Join(lines, "\n"), text)
		}
	}
}

// wantOneMatch: MATCH is run once. Within a correlated subquery it must be in one
// that is not: SQLite calls that LIST SUBQUERY, and makes the list once.
func wantOneMatch(t *testing.T, what string, lines []string) {
	t.Helper()
	if matchPerRow(lines) {
		t.Errorf("%s: MATCH for each row in\n%s", what, strings.Join(lines, "\n"))
	}
}

func matchPerRow(lines []string) bool {
	last := ""
	for _, line := range lines {
		if strings.Contains(line, "SUBQUERY") || strings.Contains(line, "CO-ROUTINE") {
			last = line
		}
		if strings.HasPrefix(line, "SCAN search ") && strings.Contains(line, "VIRTUAL") && line != lines[0] &&
			!strings.HasPrefix(last, "LIST SUBQUERY") && !strings.HasPrefix(last, "CO-ROUTINE") && !strings.HasPrefix(last, "MATERIALIZE") {
			return true
		}
	}
	return false
}

// TestSearchPlans: no statement of a search reads a whole table or runs MATCH for
// each row, whatever the filter.
func TestSearchPlans(t *testing.T) {
	s := openInternal(t)
	fillPlanFacets(t, s)
	m := fts.Match(`{title body} : "a"`)
	keys := index.Span("2025-01-01T00:00:00.000Z", "", false, 64)
	bad := plan(t, s, "SELECT e.pk FROM notes AS e WHERE EXISTS (SELECT 1 FROM search WHERE search MATCH 'a' AND rowid = e.pk)", nil)
	if !matchPerRow(bad) {
		t.Errorf("MATCH for each row is not seen in\n%s", strings.Join(bad, "\n"))
	}
	for _, text := range index.Statements() {
		wantSearchPlan(t, s, text, nil)
	}
	for _, r := range rows.Relations {
		for i, a := range planFields {
			for _, b := range planFields[i:] {
				if !a.fits(r) || !b.fits(r) {
					continue
				}
				var q planQuery
				a.set(&q)
				b.set(&q)
				one := selected(t, s, r, q).PassingSQL([]int64{1})
				wantSearchPlan(t, s, one.SQL, one.Args)
			}
		}
	}
	first, args := index.NewestSQL(m, keys, 20)
	lines := plan(t, s, first, args)
	if slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "TEMP B-TREE") }) {
		t.Errorf("newest first is sorted and does not end at the page:\n%s", strings.Join(lines, "\n"))
	}
}

func wantSearchPlan(t *testing.T, s *Store, text string, args []any) {
	t.Helper()
	if args == nil {
		args = make([]any, strings.Count(text, "?"))
	}
	lines := plan(t, s, text, args)
	wantOneMatch(t, text, lines)
	for _, line := range lines {
		m := scanOf.FindStringSubmatch(line)
		switch {
		case m == nil, m[1] == "json_each", strings.Contains(line, "VIRTUAL TABLE INDEX"), m[1] == "j" && strings.Contains(line, "VIRTUAL"):
		case m[1] == "m", strings.HasPrefix(line, "SCAN (") || strings.HasPrefix(line, "SCAN search_dirty"), strings.HasPrefix(line, "SCAN n"):
			// rows of a subquery that has a limit; what is noted, which is little
		default:
			t.Errorf("%s in\n%s\n%s", line, strings.Join(lines, "\n"), text)
		}
	}
}

func plan(t *testing.T, s *Store, text string, args []any) (lines []string) {
	t.Helper()
	err := s.read(t.Context(), func(q *sqlitedb.Tx) error {
		result, err := q.Query(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var id, parent, unused int64
			var detail string
			if err := result.Scan(&id, &parent, &unused, &detail); err != nil {
				return err
			}
			lines = append(lines, detail)
		}
		return result.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestOwnStatementPlans: no statement of the engine on one entity or one page
// reads a whole table.
func TestOwnStatementPlans(t *testing.T) {
	s := openInternal(t)
	for _, r := range rows.Relations {
		for _, text := range []string{r.SQL.Get, r.SQL.GetMany, r.SQL.GetPKs, r.SQL.Sums, r.SQL.Update, r.SQL.Delete, r.SQL.SetLists, r.SQL.Raw, r.SQL.Seal, r.SQL.Present, r.SQL.Tags, r.SQL.TagsBetween, r.SQL.Contents} {
			wantSearch(t, s, text)
		}
		for _, c := range r.Children {
			for _, text := range []string{c.SQL.List, c.SQL.ListMany, c.SQL.State, c.SQL.Update, c.SQL.Move, c.SQL.Delete, c.SQL.Clear, c.SQL.Last, c.SQL.ByID, c.SQL.ByPK, c.SQL.Raw, c.SQL.Seal} {
				wantSearch(t, s, text)
			}
		}
	}
	wantSearch(t, s, rows.UnsealedSQL())
	for _, text := range []string{rows.SQLSetting, rows.SQLSetSetting, rows.SQLDelSetting, rows.SQLSealOne, history.SQLLastRev, history.SQLRevisions, history.SQLRevision, history.SQLKeptContents, history.SQLOnlyHere, history.SQLForget, history.SQLPrune, history.SQLClockFits, history.SQLOutlive("note", "notes", "id")} {
		wantSearch(t, s, text)
	}
}

func wantSearch(t *testing.T, s *Store, text string) {
	t.Helper()
	if text == "" {
		return
	}
	for _, line := range plan(t, s, text, make([]any, strings.Count(text, "?"))) {
		m := scanOf.FindStringSubmatch(line)
		if m != nil && m[1] != "json_each" && m[1] != "CONSTANT" && m[1] != "v" && !strings.HasSuffix(m[2], "_unsealed") {
			t.Errorf("%s: %s", line, text)
		}
	}
}
