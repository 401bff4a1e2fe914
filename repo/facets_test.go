package repo_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"pgregory.net/rapid"
)

// zones have their days at other times than UTC, turn their clocks at midnight or
// to it, or were without a day.
var zones = []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"}

// TestFacetsAgainstScan counts by every facet what a scan in Go counts.
func TestFacetsAgainstScan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		q := repo.Query{Trash: rapid.IntRange(0, 3).Draw(rt, "trash") == 0, Zone: rapid.SampledFrom(zones).Draw(rt, "zone")}
		q.From, q.To = rapid.SampledFrom(worldDates).Draw(rt, "from"), rapid.SampledFrom(worldDates).Draw(rt, "to")
		q.Status = rapid.SliceOfNDistinct(rapid.SampledFrom(worldStates), 0, 2, rapid.ID).Draw(rt, "status")
		q.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom(worldTags), 0, 1, rapid.ID).Draw(rt, "tags")
		q.Limit = 1 // does not count
		for by, of := range map[repo.Facet]func(seen) []string{
			repo.FacetTag:    func(e seen) []string { return e.tags },
			repo.FacetStatus: func(e seen) []string { return []string{e.status} },
			repo.FacetDay:    func(e seen) []string { return e.in(q.Zone, time.DateOnly) },
			repo.FacetMonth:  func(e seen) []string { return e.in(q.Zone, "2006-01") },
			repo.FacetYear:   func(e seen) []string { return e.in(q.Zone, "2006") },
		} {
			want := map[string]int64{}
			for _, e := range w.all["note"] {
				for _, value := range of(e) {
					if w.matches("note", e, q) {
						want[value]++
					}
				}
			}
			list, err := w.s.Notes.Facets(t.Context(), q, by)
			if err != nil {
				rt.Fatal(err)
			}
			wantFacets(rt, by, list, want)
		}
	})
}

func (e seen) in(zone, layout string) []string {
	at, err := time.LoadLocation(zone)
	day, err2 := e.date.Time()
	if err != nil || err2 != nil || e.date == "" {
		return nil
	}
	return []string{day.In(at).Format(layout)}
}

func wantFacets(rt *rapid.T, by repo.Facet, list []repo.FacetCount, want map[string]int64) {
	got := map[string]int64{}
	for i, f := range list {
		got[f.Value] += f.Count
		if i == 0 {
			continue
		}
		before := list[i-1]
		switch by {
		case repo.FacetTag, repo.FacetStatus:
			if f.Count > before.Count || f.Count == before.Count && f.Value < before.Value {
				rt.Errorf("by %s: %+v comes after %+v", by, f, before)
			}
		default:
			if f.Value >= before.Value {
				rt.Errorf("by %s: %+v comes after %+v", by, f, before)
			}
		}
	}
	if !maps.Equal(got, want) || len(list) != len(want) {
		rt.Errorf("by %s: %v, want %v", by, list, want)
	}
}

func TestFacetsThatAreNot(t *testing.T) {
	s := testdb.Open(t)
	var invalid *schema.InvalidError
	for _, err := range []error{
		problem(s.Topics.Facets(t.Context(), repo.Query{}, repo.FacetTag)),
		problem(s.Topics.Facets(t.Context(), repo.Query{}, repo.FacetStatus)),
		problem(s.Notes.Facets(t.Context(), repo.Query{}, "mood")),
		problem(s.Notes.Facets(t.Context(), repo.Query{Zone: "Mars/Olympus"}, repo.FacetDay)),
	} {
		if !errors.As(err, &invalid) {
			t.Errorf("%v is not what the caller can correct", err)
		}
	}
	if list, err := s.Notes.Facets(t.Context(), repo.Query{Text: "nothing"}, repo.FacetYear); err != nil || list == nil || len(list) != 0 {
		t.Errorf("of nothing: %v, %v", list, err)
	}
}

func problem[T any](_ T, err error) error { return err }

// TestTypedPeriods: a period that was typed finds what its day holds, in the zone
// that was asked for.
func TestTypedPeriods(t *testing.T) {
	s := testdb.Open(t)
	for id, at := range map[string]schema.Time{"before": "2025-03-29T22:59:59.999Z", "first": "2025-03-29T23:00:00.000Z",
		"last": "2025-03-30T21:59:59.999Z", "after": "2025-03-30T22:00:00.000Z", "": ""} {
		fatal(t, s.Notes.Save(repo.WithOrigin(t.Context(), repo.OriginImport), &schema.Note{Head: schema.Head{ID: "n" + id}, Content: "heron", Timestamp: at}))
	}
	for text, want := range map[string][]string{
		"on:2025-03-30":                                {"nfirst", "nlast"},
		"in:2025-W13 after:2025-03-30":                 {"nfirst", "nlast"},
		"before:2025-03-30":                            {"nbefore"},
		"until:2025-03-30":                             {"nbefore", "nfirst", "nlast"},
		"since:2025-03-31":                             {"nafter"},
		"after:2025-03-29T23:00:00Z before:2025-03-31": {"nfirst", "nlast"},
	} {
		for _, words := range []string{"", " heron"} {
			q := repo.Query{Text: text + words, Zone: "Europe/Berlin", Sort: "-date"}
			list, err := s.Notes.List(t.Context(), q)
			fatal(t, err)
			p, err := s.Search(t.Context(), repo.Search{Query: q})
			fatal(t, err)
			got := map[string]bool{}
			for _, b := range list.Items {
				got[b.ID] = true
			}
			for _, id := range want {
				if !got[id] {
					t.Errorf("%s does not list %s", q.Text, id)
				}
			}
			if len(list.Items) != len(want) || len(p.Hits) != len(want) {
				t.Errorf("%s lists %d and finds %d, want %v", q.Text, len(list.Items), len(p.Hits), want)
			}
		}
	}
	var invalid *schema.InvalidError
	for _, q := range []repo.Query{{Text: "on:someday"}, {Text: "-on:2025"}, {Text: "on:2025", Zone: "Mars/Olympus"}} {
		if _, err := s.Notes.List(t.Context(), q); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
