package main

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var testNow = time.Date(2026, 11, 23, 15, 4, 5, 0, time.FixedZone("CET", 3600))

func TestParseWhen(t *testing.T) {
	tests := []struct {
		text string
		want string
		day  bool
	}{
		{"now", "2026-11-23T15:04:05+01:00", false},
		{"today", "2026-11-23T00:00:00+01:00", true},
		{"Yesterday", "2026-11-22T00:00:00+01:00", true},
		{"2026-11-01", "2026-11-01T00:00:00+01:00", true},
		{"2026-11-01 14:30", "2026-11-01T14:30:00+01:00", false},
		{" 2026-11-01  14:30:15 ", "2026-11-01T14:30:15+01:00", false},
		{"2026-11-01T14:30", "2026-11-01T14:30:00+01:00", false},
		{"2026-11-01t14:30:00z", "2026-11-01T14:30:00Z", false},
		{"2026-11-01T14:30:00.250-05:00", "2026-11-01T14:30:00.25-05:00", false},
		{"7d", "2026-11-16T15:04:05+01:00", false},
		{"7d ago", "2026-11-16T15:04:05+01:00", false},
		{"2 hours ago", "2026-11-23T13:04:05+01:00", false},
		{"an hour ago", "2026-11-23T14:04:05+01:00", false},
		{"1 year 2 months", "2025-09-23T15:04:05+01:00", false},
		{"1y5m7d2h", "2025-06-16T13:04:05+01:00", false},
		{"90 minutes ago", "2026-11-23T13:34:05+01:00", false},
	}
	for _, test := range tests {
		got, day, err := parseWhen(test.text, testNow)
		if err != nil || got.Format(time.RFC3339Nano) != test.want || day != test.day {
			t.Errorf("%q: %s %v %v, want %s %v", test.text, got.Format(time.RFC3339Nano), day, err, test.want, test.day)
		}
	}
	for _, text := range []string{"", "soon", "2026-13-01", "2026-02-30", "2026-11-01 25:00", "7", "d", "-7d", "7x", "1h2d", "99999999999y", "ago", "2026"} {
		if got, _, err := parseWhen(text, testNow); err == nil {
			t.Errorf("%q was read as %v", text, got)
		} else if strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%q: the error has several lines: %v", text, err)
		}
	}
}

// TestDaysOfClockChanges: where clocks are turned at midnight, a day begins at one, or
// its first hour comes twice.
func TestDaysOfClockChanges(t *testing.T) {
	for _, test := range []struct{ zone, day, from, until string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"},
		{"America/Havana", "2025-11-02", "2025-11-02T00:00:00-04:00", "2025-11-03T00:00:00-05:00"},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Skip(err)
		}
		now := testNow.In(zone)
		from, _, err := parseWhen(test.day, now)
		until, e := parseUntil(test.day, now)
		if got := from.Format(time.RFC3339); got != test.from || err != nil {
			t.Errorf("%s %s begins at %s, want %s (%v)", test.zone, test.day, got, test.from, err)
		}
		if got := until.Format(time.RFC3339); got != test.until || e != nil {
			t.Errorf("%s %s ends at %s, want %s (%v)", test.zone, test.day, got, test.until, e)
		}
	}
}

func TestUntilIncludesTheDay(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-01":       "2026-11-02T00:00:00+01:00",
		"2026-11-01 14:30": "2026-11-01T14:30:00.001+01:00",
	} {
		got, err := parseUntil(text, testNow)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %v %v, want %s", text, got, err, want)
		}
	}
}

func TestParseSpan(t *testing.T) {
	tests := map[string]span{
		"1y5m7d2h": {1, 5, 7, 2 * time.Hour},
		"2w":       {0, 0, 14, 0},
		"30m":      {0, 30, 0, 0},
		"10min":    {0, 0, 0, 10 * time.Minute},
		"1h10min":  {0, 0, 0, 70 * time.Minute},
		"90s":      {0, 0, 0, 90 * time.Second},
		"0d":       {},
		" 1D ":     {0, 0, 1, 0},
	}
	for text, want := range tests {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("%q: %+v %v, want %+v", text, got, err, want)
		}
	}
	if _, err := parseSpan("1h30m"); err == nil || !strings.Contains(err.Error(), "minutes are min") {
		t.Errorf("1h30m: %v", err)
	}
}

func TestParseTimeout(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "30m": 30 * time.Minute, "1h30m": 90 * time.Minute, "1d": 24 * time.Hour,
		"1d2h": 26 * time.Hour, "250ms": 250 * time.Millisecond, "2min": 2 * time.Minute,
	} {
		if got, err := parseTimeout(text, testNow); err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1s", "0d", "soon"} {
		if got, err := parseTimeout(text, testNow); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// What is written as a time is read as that time, whatever the zone.
func TestWhenReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).In(testNow.Location())
		layout := rapid.SampledFrom([]string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05"}).Draw(t, "layout")
		got, day, err := parseWhen(want.Format(layout), testNow)
		if err != nil || day || !got.Equal(want) {
			t.Fatalf("%s: %v %v", want.Format(layout), got, err)
		}
	})
}

func FuzzWhen(f *testing.F) {
	for _, text := range []string{"2026-11-01", "7d", "2 hours ago", "1y5m7d2h", "9999-12-31 23:59", "٣d", "1000y", "a b c ago", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, _, err := parseWhen(text, testNow)
		if err == nil && (got.Year() < testNow.Year()-3*maxSpanYears || got.Year() > 9999) {
			t.Errorf("%q is read as the year %d", text, got.Year())
		}
		if s, err := parseSpan(text); err == nil && s.after(testNow).Before(testNow) {
			t.Errorf("%q goes backwards: %+v", text, s)
		}
		_, _ = parseTimeout(text, testNow)
	})
}
