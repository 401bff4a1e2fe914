package repo_test

import (
	"slices"
	"testing"
	"time"

	"taskstore/repo"
)

// TestFacetPagesAgainstScan: every filter gives what a scan in Go gives, in the same order,
// by pages in both directions; Count, Estimate and Facets count that; after writes of this
// program and of others.
func TestFacetPagesAgainstScan(t *testing.T) {
	t.Parallel()
	w := newFacetWorld(t)
	for round := range *scanDraws / 4 {
		for range 3 {
			w.change(t, round%3 == 2)
		}
		w.read(t)
		for range 40 {
			q := w.query()
			want := w.wanted(q)
			w.wantWalk(t, q, want)
			n, err := w.s.Notes.Count(t.Context(), q)
			fatal(t, err)
			estimated, about, err := w.s.Notes.Estimate(t.Context(), q)
			if fatal(t, err); n != len(want) || estimated != n || about {
				t.Errorf("%+v: count %d, estimate %d (about %v), want %d", q, n, estimated, about, len(want))
			}
			w.wantFacets(t, q)
		}
		w.wantTags(t)
		if t.Failed() {
			break
		}
	}
}

// wantWalk goes through the pages and back.
func (w *facetWorld) wantWalk(t *testing.T, q repo.Query, want []string) {
	t.Helper()
	q.Limit = 1 + w.g.IntN(12)
	var there, back []string
	p, err := w.s.Notes.List(t.Context(), q)
	fatal(t, err)
	for there = idsOf(p.Items); p.Next != ""; there = append(there, idsOf(p.Items)...) {
		q.After = p.Next
		p, err = w.s.Notes.List(t.Context(), q)
		fatal(t, err)
	}
	for back = idsOf(p.Items); p.Prev != ""; back = append(idsOf(p.Items), back...) {
		q.After, q.Before = "", p.Prev
		p, err = w.s.Notes.List(t.Context(), q)
		fatal(t, err)
	}
	if !slices.Equal(there, want) || !slices.Equal(back, want) {
		t.Errorf("%+v:\n there %v\n back  %v\n want  %v", q, there, back, want)
	}
}

func (w *facetWorld) wantFacets(t *testing.T, q repo.Query) {
	t.Helper()
	for by, of := range map[repo.Facet]func(seen) []string{
		repo.FacetTag:    func(e seen) []string { return e.tags },
		repo.FacetStatus: func(e seen) []string { return []string{e.status} },
		repo.FacetDay:    func(e seen) []string { return e.in(q.Zone, time.DateOnly) },
		repo.FacetMonth:  func(e seen) []string { return e.in(q.Zone, "2006-01") },
	} {
		want := map[string]int64{}
		for i := range w.notes {
			n := &w.notes[i]
			if !w.matches(n, q) {
				continue
			}
			for _, value := range of(seen{status: n.Status, date: n.Timestamp, tags: slices.Compact(slices.Sorted(slices.Values(n.Tags)))}) {
				want[value]++
			}
		}
		list, err := w.s.Notes.Facets(t.Context(), q, by)
		fatal(t, err)
		estimated, about, err := w.s.Notes.EstimateFacets(t.Context(), q, by)
		if fatal(t, err); about || !slices.Equal(list, estimated) {
			t.Errorf("%+v by %s: estimated %v (about %v), counted %v", q, by, estimated, about, list)
		}
		got := map[string]int64{}
		for _, f := range list {
			got[f.Value] += f.Count
		}
		if len(got) != len(want) || len(list) != len(want) {
			t.Errorf("%+v by %s: %v, want %v", q, by, list, want)
		}
		for value, n := range want {
			if got[value] != n {
				t.Errorf("%+v by %s: %v, want %v", q, by, list, want)
			}
		}
	}
}

func (w *facetWorld) wantTags(t *testing.T) {
	t.Helper()
	list, err := w.s.Tags(t.Context())
	fatal(t, err)
	st, err := w.s.Status(t.Context())
	fatal(t, err)
	live := 0
	want := map[string]int{}
	for _, n := range w.notes {
		if n.TrashedAt != "" {
			continue
		}
		live++
		for _, tag := range slices.Compact(slices.Sorted(slices.Values(n.Tags))) {
			want[tag]++
		}
	}
	for _, u := range list {
		if u.Total != want[u.Tag] || u.Counts["notes"] != u.Total {
			t.Errorf("tag %s: %+v, want %d", u.Tag, u, want[u.Tag])
		}
	}
	if len(list) != len(want) || st.Counts["notes"] != int64(live) || st.Trash["notes"] != int64(len(w.notes)-live) {
		t.Errorf("tags %v, want %v; %d and %d notes, want %d of %d live", list, want, st.Counts["notes"], st.Trash["notes"], live, len(w.notes))
	}
}
