package repo_test

import (
	"fmt"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestEstimate: what is kept, and what few records decide, is exact; else the number is
// estimated, is near the true one, and is said to be an estimate.
func TestEstimate(t *testing.T) {
	t.Parallel()
	const n = 9000
	s := testdb.Open(t)
	list := make([]*schema.Note, n)
	for i := range list {
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Title: fmt.Sprint(i * 7919 % n), Status: []string{"draft", "approved"}[i%2], Content: "word",
			Timestamp: schema.Time(fmt.Sprintf("2025-01-%02dT%02d:00:00.000Z", 1+i%28, i/28%24)), Tags: []string{"all", fmt.Sprint("third", i%3), fmt.Sprint("rare", i%90)}}
	}
	fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), list...))
	fatal(t, s.Notes.Delete(t.Context(), "n0"))
	for name, x := range map[string]struct {
		q     repo.Query
		want  int
		about bool
	}{
		"everything":      {repo.Query{}, n - 1, false},
		"trash":           {repo.Query{Trash: true}, 1, false},
		"a tag":           {repo.Query{Tags: []string{"all"}}, n - 1, false},
		"states":          {repo.Query{Status: []string{"draft", "approved"}}, n - 1, false},
		"not a tag":       {repo.Query{NotTags: []string{"third0"}}, n - n/3, false},
		"a day":           {repo.Query{From: "2025-01-02T00:30:00.000Z", To: "2025-01-03T00:30:00.000Z"}, (n + 27) / 28, false},
		"rare":            {repo.Query{Tags: []string{"all", "rare3", "third0"}}, n / 90, false},
		"two common":      {repo.Query{Tags: []string{"all"}, Status: []string{"draft"}}, n/2 - 1, true},
		"any of two":      {repo.Query{AnyTags: []string{"all", "third1"}, Status: []string{"approved", "draft"}}, n - 1, true},
		"tag and time":    {repo.Query{Tags: []string{"all"}, From: "2025-01-08T00:00:00.000Z"}, n / 4 * 3, true},
		"not a tag, time": {repo.Query{NotTags: []string{"third0"}, From: "2025-01-08T00:00:00.000Z"}, n / 2, true},
		"text":            {repo.Query{Text: "word tag:third1"}, n / 3, false},
		"common text":     {repo.Query{Text: "word"}, n - 1, true},
	} {
		got, about, err := s.Notes.Estimate(t.Context(), x.q)
		fatal(t, err)
		exact, err := s.Notes.Count(t.Context(), x.q)
		fatal(t, err)
		off := max(1, x.want/50) // the days have not all the same
		if about != x.about || exact < x.want-off || exact > x.want+off || !about && got != exact || about && (got < exact*8/10 || got > exact*12/10) {
			t.Errorf("%s: %d (about %v), counted %d, want %d (about %v)", name, got, about, exact, x.want, x.about)
		}
	}
	common := repo.Query{Text: "word"}
	n1, lists, about, err := s.Notes.EstimateBy(t.Context(), common, repo.FacetTag, repo.FacetStatus, repo.FacetMonth)
	fatal(t, err)
	if !about || n1 < n*8/10 || n1 > n*12/10 || len(lists[repo.FacetMonth]) != 1 || len(lists[repo.FacetStatus]) != 2 {
		t.Errorf("%d records, %v (about %v)", n1, lists, about)
	}
	for _, facet := range []struct {
		by   repo.Facet
		want []repo.FacetCount // the greatest
	}{{repo.FacetTag, []repo.FacetCount{{Value: "all", Count: n}}}, {repo.FacetStatus, []repo.FacetCount{{Value: "draft", Count: n / 2}, {Value: "approved", Count: n / 2}}}, {repo.FacetMonth, []repo.FacetCount{{Value: "2025-01", Count: n}}}} {
		alone, _, err := s.Notes.EstimateFacets(t.Context(), common, facet.by)
		fatal(t, err)
		if !slices.Equal(alone, lists[facet.by]) {
			t.Errorf("by %s: %v, and with others %v", facet.by, alone, lists[facet.by])
		}
		for _, want := range facet.want {
			i := slices.IndexFunc(alone, func(g repo.FacetCount) bool { return g.Value == want.Value })
			if i < 0 || alone[i].Count < want.Count*7/10 || alone[i].Count > want.Count*13/10 {
				t.Errorf("by %s: %v, want %v", facet.by, alone, want)
			}
		}
	}
	for _, by := range []repo.Facet{repo.FacetTag, repo.FacetStatus, repo.FacetDay} {
		q := repo.Query{Tags: []string{"all"}, Status: []string{"draft"}}
		list, about, err := s.Notes.EstimateFacets(t.Context(), q, by)
		fatal(t, err)
		exact, err := s.Notes.Facets(t.Context(), q, by)
		fatal(t, err)
		if !about || len(list) == 0 {
			t.Fatalf("by %s: %v (about %v)", by, list, about)
		}
		for _, f := range exact[:min(len(exact), 3)] {
			i := slices.IndexFunc(list, func(g repo.FacetCount) bool { return g.Value == f.Value })
			if i < 0 || list[i].Count < f.Count*6/10 || list[i].Count > f.Count*14/10 {
				t.Errorf("by %s: %v, counted %v", by, list, f)
			}
		}
	}
}
