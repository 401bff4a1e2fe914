package repo

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// planFacets are the facets that the queries of planFields name, each with records: half
// as many in the trash.
var planFacets = map[string]int{
	"status/todo": 400, "status/done": 300, "tag/a": 200, "tag/b": 100, "link note/n": 90, "link topic/n": 80, "link topic/c": 70, "link company/c": 60,
	"link session/s": 50, "all/": 1000, "hour/2024-12-31T23": 30, "hour/2025-01-01T01": 970,
}

func fillPlanFacets(t *testing.T, s *Store) {
	t.Helper()
	err := s.db.Do(t.Context(), func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, r := range rows.Relations {
			for name, n := range planFacets {
				field, value, _ := strings.Cut(name, "/")
				_, err := q.Exec(ctx, "INSERT INTO facets (kind, trash, field, value, records)\nVALUES (?, 0, ?, ?, ?), (?, 1, ?, ?, ?)", r.Kind, field, value, n, r.Kind, field, value, n/2)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// facetFields are filters that are one facet each, live and in the trash.
var facetFields = []planField{
	{"status", func(q *planQuery) { q.Status = []string{"todo"} }, func(r *rows.Relation) bool { return r.Status != "" }},
	{"tag", func(q *planQuery) { q.Tags = append(q.Tags, "a") }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"other tag", func(q *planQuery) { q.Tags = append(q.Tags, "b") }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"link", func(q *planQuery) { q.Links = []schema.Link{{Kind: "note", ID: "n"}} }, (*rows.Relation).HasLinks},
	{"no tag", func(q *planQuery) { q.NotTags = []string{"b"} }, func(r *rows.Relation) bool { return r.SQL.Tags != "" }},
	{"trash", func(q *planQuery) { q.Trash = true }, func(*rows.Relation) bool { return true }},
}

// TestFacetPlans: a page of a filter, or of two, seeks its place in the index of the rarest
// facet that is in the order asked for, and sorts nothing: in each order and direction,
// live and in the trash, from the first row on, after a row, and before it.
func TestFacetPlans(t *testing.T) {
	t.Parallel()
	s := openInternal(t)
	fillPlanFacets(t, s)
	for _, r := range rows.Relations {
		for i, a := range facetFields {
			for _, b := range facetFields[i:] {
				for _, trash := range []bool{false, true} {
					if !a.fits(r) || !b.fits(r) || a.name == "no tag" && !trash {
						continue
					}
					q := planQuery{Query: Query{Trash: trash}}
					a.set(&q)
					b.set(&q)
					wantWalks(t, s, r, a.name+"+"+b.name, q)
				}
			}
		}
	}
}

func wantWalks(t *testing.T, s *Store, r *rows.Relation, name string, q planQuery) {
	t.Helper()
	for _, sort := range Sorts() {
		for _, q.Sort = range []Sort{sort, "-" + sort} {
			selection := selected(t, s, r, q)
			for place, c := range planPlaces {
				if sort == SortTitle && c.Null {
					continue
				}
				for _, back := range []bool{false, true} {
					list, err := selection.PageSQL(c, back, 101)
					if err != nil || len(list) == 0 {
						t.Fatal(len(list), err)
					}
					for i, one := range list {
						what := fmt.Sprintf("%s by %s, %s, %s, back %v, part %d", r.Name, q.Sort, name, place, back, i)
						wantWalk(t, s, what, string(sort), place == "first" && sort == SortTitle, one)
					}
				}
			}
		}
	}
}

func wantWalk(t *testing.T, s *Store, what, sort string, whole bool, one listing.Statement) {
	t.Helper()
	lines := plan(t, s, one.SQL, one.Args)
	text := strings.Join(lines, "\n")
	seek := sort + "[=<>]|\\(" + sort + ",owner_pk\\)[<>]"
	walk := regexp.MustCompile("SEARCH f USING (COVERING )?INDEX facet_rows_by_" + sort + " \\(facet_pk=\\? AND \\(?(" + seek + ")")
	if whole {
		walk = regexp.MustCompile("SEARCH f USING (COVERING )?INDEX facet_rows_by_" + sort + " \\(facet_pk=\\?\\)")
	}
	if strings.Contains(text, "TEMP B-TREE") || !walk.MatchString(text) || !strings.Contains(text, "SEARCH e USING INTEGER PRIMARY KEY") {
		t.Errorf("%s:\n%s\n%s", what, text, one.SQL)
	}
}
