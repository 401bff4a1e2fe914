package repo_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// zones have their days at other times than UTC, turn their clocks at midnight or
// to it, or were without a day.
var zones = []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"}

// TestFacetsAgainstScan counts by every facet what a scan in Go counts.
func TestFacetsAgainstScan(t *testing.T) {
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

// TestPeriod: what calendars say, also where clocks are turned and years begin.
func TestPeriod(t *testing.T) {
	for _, x := range []struct{ zone, now, text, from, to string }{
		{"UTC", "", "2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"},
		{"UTC", "", "2024-02", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"},
		{"UTC", "", "2025-12", "2025-12-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"},
		{"Europe/Berlin", "", "2025-03-30", "2025-03-29T23:00:00.000Z", "2025-03-30T22:00:00.000Z"},          // 23 hours
		{"Europe/Berlin", "", "2025-10-26", "2025-10-25T22:00:00.000Z", "2025-10-26T23:00:00.000Z"},          // 25 hours
		{"Europe/Berlin", "", "2025-03", "2025-02-28T23:00:00.000Z", "2025-03-31T22:00:00.000Z"},             // begins and ends on other clocks
		{"Europe/Berlin", "", "2025-W13", "2025-03-23T23:00:00.000Z", "2025-03-30T22:00:00.000Z"},            // likewise
		{"America/Sao_Paulo", "", "2018-11-04", "2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"},      // has no midnight
		{"America/Sao_Paulo", "", "2018-11-03", "2018-11-03T03:00:00.000Z", "2018-11-04T03:00:00.000Z"},      // the day before
		{"America/Sao_Paulo", "", "2018-02-17", "2018-02-17T02:00:00.000Z", "2018-02-18T03:00:00.000Z"},      // its last hour comes twice
		{"America/Havana", "", "2025-11-02", "2025-11-02T04:00:00.000Z", "2025-11-03T05:00:00.000Z"},         // its first hour comes twice
		{"Pacific/Apia", "", "2011-12-30", "2011-12-30T10:00:00.000Z", "2011-12-30T10:00:00.000Z"},           // there was none
		{"UTC", "", "2025-W01", "2024-12-30T00:00:00.000Z", "2025-01-06T00:00:00.000Z"},                      // begins in the year before
		{"UTC", "", "2020-W53", "2020-12-28T00:00:00.000Z", "2021-01-04T00:00:00.000Z"},                      // ends in the year after
		{"UTC", "", "2026-w53", "2026-12-28T00:00:00.000Z", "2027-01-04T00:00:00.000Z"},                      //
		{"UTC", "", "2027W1", "2027-01-04T00:00:00.000Z", "2027-01-11T00:00:00.000Z"},                        // 1 January is in the week before
		{"UTC", "2027-01-03T12:00:00Z", "thisweek", "2026-12-28T00:00:00.000Z", "2027-01-04T00:00:00.000Z"},  // a Sunday
		{"UTC", "2027-01-04T00:00:00Z", "thisweek", "2027-01-04T00:00:00.000Z", "2027-01-11T00:00:00.000Z"},  // a Monday
		{"UTC", "2027-01-01T00:30:00Z", "yesterday", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z"}, //
		{"Pacific/Kiritimati", "2026-12-31T12:00:00Z", "today", "2026-12-31T10:00:00.000Z", "2027-01-01T10:00:00.000Z"},
		{"Pacific/Kiritimati", "2026-12-31T12:00:00Z", "thisyear", "2026-12-31T10:00:00.000Z", "2027-12-31T10:00:00.000Z"},
		{"Europe/Berlin", "2025-03-30T10:00:00Z", "today", "2025-03-29T23:00:00.000Z", "2025-03-30T22:00:00.000Z"},
		{"Europe/Berlin", "2025-03-31T10:00:00Z", "yesterday", "2025-03-29T23:00:00.000Z", "2025-03-30T22:00:00.000Z"},
		{"Europe/Berlin", "2025-03-31T10:00:00Z", "thismonth", "2025-02-28T23:00:00.000Z", "2025-03-31T22:00:00.000Z"},
		{"Europe/Berlin", "2025-03-31T10:00:00Z", "1d", "2025-03-30T10:00:00.000Z", ""}, // the same hour of the clock
		{"UTC", "2025-03-31T10:00:00Z", "36h", "2025-03-29T22:00:00.000Z", ""},
		{"UTC", "2025-03-31T10:00:00Z", "2w", "2025-03-17T10:00:00.000Z", ""},
		{"UTC", "2024-02-29T10:00:00Z", "1y", "2023-03-01T10:00:00.000Z", ""},
		{"UTC", "", "2025-03-31T10:00:00+02:00", "2025-03-31T08:00:00.000Z", "2025-03-31T08:00:00.000Z"},
		{"UTC", "", "2025-W53", "", ""}, {"UTC", "", "2025-W00", "", ""}, {"UTC", "", "2025-02-29", "", ""}, {"UTC", "", "2025-13", "", ""},
		{"UTC", "", "soon", "", ""}, {"UTC", "", "", "", ""}, {"UTC", "", "0000", "", ""},
	} {
		zone, err := time.LoadLocation(x.zone)
		fatal(t, err)
		now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		if x.now != "" {
			now, err = time.Parse(time.RFC3339, x.now)
			fatal(t, err)
		}
		from, to, err := repo.Period(x.text, now.In(zone))
		if (err != nil) != (x.from == "") || string(from) != x.from || string(to) != x.to {
			t.Errorf("%q in %s, now %s, is %q to %q (%v), want %q to %q", x.text, x.zone, x.now, from, to, err, x.from, x.to)
		}
	}
}

// TestPeriodsMeet: in every zone each day, week and month begins where the one before
// ends, and a filter by the day wants what the facet counts for it.
func TestPeriodsMeet(t *testing.T) {
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		fatal(t, err)
		now := time.Date(2026, 6, 1, 12, 0, 0, 0, zone)
		ends := map[string]schema.Time{}
		for noon := time.Date(2010, 1, 1, 12, 0, 0, 0, time.UTC); noon.Year() < 2026; noon = noon.AddDate(0, 0, 1) {
			year, week := noon.ISOWeek()
			for form, text := range map[string]string{"day": noon.Format(time.DateOnly), "month": noon.Format("2006-01"), "week": fmt.Sprintf("%d-W%02d", year, week)} {
				from, to, err := repo.Period(text, now)
				fatal(t, err)
				if ends[form] != "" && from != ends[form] && to != ends[form] { // the same week again, or the next
					t.Errorf("%s: %s begins at %s, the %s before ended at %s", name, text, from, form, ends[form])
				}
				if ends[form] = to; form == "day" {
					wantDay(t, zone, text, from, to)
				}
			}
		}
	}
}

// wantDay wants the day to begin and end where the calendar of the zone does. A
// day that a zone has skipped has no time.
func wantDay(t *testing.T, zone *time.Location, day string, from, to schema.Time) {
	t.Helper()
	a, err := from.Time()
	fatal(t, err)
	b, err := to.Time()
	fatal(t, err)
	var got []string
	for _, at := range []time.Time{a.Add(-time.Millisecond), a, b.Add(-time.Millisecond), b} {
		got = append(got, at.In(zone).Format(time.DateOnly))
	}
	if from == to && zone.String() == "Pacific/Apia" && day == "2011-12-30" {
		return
	}
	if diff := cmp.Diff([]string{day, day}, got[1:3]); diff != "" || got[0] >= day || got[3] <= day {
		t.Errorf("%s: %s is from %s to %s, which are %v", zone, day, from, to, got)
	}
}

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
