package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

// TestFlagsAndFiltersAgree: --since and --until list what since: and until: do, for
// every form of a WHEN, and so do the other names of the filters.
func TestFlagsAndFiltersAgree(t *testing.T) {
	now := time.Date(2026, 12, 29, 15, 4, 5, 0, time.UTC)
	s, err := repo.Open(t.Context(), t.TempDir(), repo.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, ago := range []time.Duration{-9000, 0, 1, 12, 50, 167, 169, 700, 1500, 9000, 20000} {
		at := schema.TimeOf(now.Add(-ago * time.Hour))
		if err := s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Content: "heron", Timestamp: at}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(q repo.Query) (ids []string) {
		t.Helper()
		q.Zone = "UTC"
		p, err := s.Notes.List(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		for _, b := range p.Items {
			ids = append(ids, b.ID)
		}
		slices.Sort(ids)
		return ids
	}
	for _, text := range []string{"2026", "9999", "2026-12", "2026-12-27", "2026-W53", "2026W53", "today", "yesterday", "thisweek", "thismonth", "thisyear", "now",
		"2026-12-29T03:04:05Z", "2026-12-29t03:04:05.5+02:00", "2026-12-29 03:04:05", "2026-12-29 03:04:05.25", "7d", "12h", "90min", "2w", "2m", "2mo", "1y", "1y2mo3d", "2 hours ago", "an hour ago"} {
		from, err := (&listing{since: text}).query(now)
		if err != nil {
			t.Fatal(text, err)
		}
		to, err := (&listing{until: text}).query(now)
		if err != nil {
			t.Fatal(text, err)
		}
		for field, q := range map[string]repo.Query{"since": from, "after": from, "until": to} {
			typed := list(repo.Query{Text: field + `:"` + text + `"`})
			if want := list(q); !slices.Equal(want, typed) {
				t.Errorf("%s:%q lists %v, the flag %v", field, text, typed, want)
			}
		}
		before, all := list(repo.Query{Text: `before:"` + text + `"`}), list(repo.Query{})
		if n := len(list(from)) + len(before); n != len(all) {
			t.Errorf("before and since %q list %d of %d", text, n, len(all))
		}
	}
	if got := list(repo.Query{Text: "until:7d"}); len(got) != 5 {
		t.Errorf("until:7d lists %v", got)
	}
}

func TestBoundsThatSayNothing(t *testing.T) {
	if _, _, err := bounds("2026-12", "2026-11", time.Now()); err == nil || !strings.Contains(err.Error(), "later than") {
		t.Errorf("since after until: %v", err)
	}
	if _, _, err := bounds("2026-12", "2026-12", time.Now()); err != nil {
		t.Error(err)
	}
	var text string
	if err := (whenFlag{&text}).Set(""); err == nil {
		t.Error("an empty --since is taken")
	}
}
