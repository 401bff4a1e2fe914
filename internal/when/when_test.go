package when

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var testNow = time.Date(2026, 11, 23, 15, 4, 5, 0, time.FixedZone("CET", 3600))

// bound writes a bound as stores keep it; "" is none.
func bound(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

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
		{"UTC", "", "2025-03-31T10:00:00+02:00", "2025-03-31T08:00:00.000Z", "2025-03-31T08:00:00.001Z"},
		{"UTC", "", "2025-W53", "", ""}, {"UTC", "", "2025-W00", "", ""}, {"UTC", "", "2025-02-29", "", ""}, {"UTC", "", "2025-13", "", ""},
		{"UTC", "", "soon", "", ""}, {"UTC", "", "", "", ""}, {"UTC", "", "0000", "", ""},
		{"UTC", "", "9999", "9999-01-01T00:00:00.000Z", ""}, // up to the end of time
		{"UTC", "9999-12-31T10:00:00Z", "thisyear", "9999-01-01T00:00:00.000Z", ""},
		{"UTC", "", "9999-12-31T23:59:59-05:00", "", ""}, {"UTC", "", "0999", "", ""},
		{"Europe/Berlin", "", "2025-10-26 02:30", "2025-10-26T00:30:00.000Z", "2025-10-26T01:30:00.001Z"},       // comes twice
		{"Europe/Berlin", "", "2025-03-30T02:30", "2025-03-30T01:00:00.000Z", "2025-03-30T01:00:00.001Z"},       // is skipped
		{"Australia/Lord_Howe", "", "2025-04-06 01:45", "2025-04-05T14:45:00.000Z", "2025-04-05T15:15:00.001Z"}, // half an hour
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		if x.now != "" {
			now, err = time.Parse(time.RFC3339, x.now)
			if err != nil {
				t.Fatal(err)
			}
		}
		from, to, err := In(x.text, now.In(zone))
		if (err != nil) != (x.from == "") || bound(from) != x.from || bound(to) != x.to {
			t.Errorf("%q in %s, now %s, is %q to %q (%v), want %q to %q", x.text, x.zone, x.now, from, to, err, x.from, x.to)
		}
	}
}

// TestPeriodsMeet: in every zone each day, week and month begins where the one before
// ends, and a filter by the day wants what the facet counts for it.
func TestPeriodsMeet(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 6, 1, 12, 0, 0, 0, zone)
		ends := map[string]time.Time{}
		for noon := time.Date(2010, 1, 1, 12, 0, 0, 0, time.UTC); noon.Year() < 2026; noon = noon.AddDate(0, 0, 1) {
			year, week := noon.ISOWeek()
			for form, text := range map[string]string{"day": noon.Format(time.DateOnly), "month": noon.Format("2006-01"), "week": fmt.Sprintf("%d-W%02d", year, week)} {
				from, to, err := In(text, now)
				if err != nil {
					t.Fatal(err)
				}
				if !ends[form].IsZero() && !from.Equal(ends[form]) && !to.Equal(ends[form]) { // the same week again, or the next
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
func wantDay(t *testing.T, zone *time.Location, day string, from, to time.Time) {
	t.Helper()
	if from.Equal(to) && zone.String() == "Pacific/Apia" && day == "2011-12-30" {
		return
	}
	var got []string
	for _, at := range []time.Time{from.Add(-time.Millisecond), from, to.Add(-time.Millisecond), to} {
		got = append(got, at.In(zone).Format(time.DateOnly))
	}
	if got[0] >= day || got[1] != day || got[2] != day || got[3] <= day {
		t.Errorf("%s: %s is from %s to %s, which are %v", zone, day, from, to, got)
	}
}

func TestParseWhen(t *testing.T) {
	tests := []struct {
		text string
		want string
	}{
		{"now", "2026-11-23T15:04:05+01:00"},
		{"today", "2026-11-23T00:00:00+01:00"},
		{"Yesterday", "2026-11-22T00:00:00+01:00"},
		{"2026-11-01", "2026-11-01T00:00:00+01:00"},
		{"2026-11-01 14:30", "2026-11-01T14:30:00+01:00"},
		{" 2026-11-01  14:30:15 ", "2026-11-01T14:30:15+01:00"},
		{"2026-11-01T14:30", "2026-11-01T14:30:00+01:00"},
		{"2026-11-01t14:30:00z", "2026-11-01T14:30:00Z"},
		{"2026-11-01T14:30:00.250-05:00", "2026-11-01T14:30:00.25-05:00"},
		{"7d", "2026-11-16T15:04:05+01:00"},
		{"7d ago", "2026-11-16T15:04:05+01:00"},
		{"2 hours ago", "2026-11-23T13:04:05+01:00"},
		{"an hour ago", "2026-11-23T14:04:05+01:00"},
		{"1 year 2 months", "2025-09-23T15:04:05+01:00"},
		{"1y5m7d2h", "2025-06-16T13:04:05+01:00"},
		{"90 minutes ago", "2026-11-23T13:34:05+01:00"},
	}
	for _, test := range tests {
		got, err := Since(test.text, testNow)
		if err != nil || got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%q: %s %v, want %s", test.text, got.Format(time.RFC3339Nano), err, test.want)
		}
	}
	for _, text := range []string{"", "soon", "2026-13-01", "2026-02-30", "2026-11-01 25:00", "7", "d", "-7d", "7x", "1h2d", "99999999999y", "ago"} {
		if got, err := Since(text, testNow); err == nil {
			t.Errorf("%q was read as %v", text, got)
		} else if strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%q: the error has several lines: %v", text, err)
		}
	}
}

func TestParseSpan(t *testing.T) {
	tests := map[string]Span{
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
		if got, err := ParseSpan(text); err != nil || got != want {
			t.Errorf("%q: %+v %v, want %+v", text, got, err, want)
		}
	}
	if _, err := ParseSpan("1h30m"); err == nil || !strings.Contains(err.Error(), "minutes are min") {
		t.Errorf("1h30m: %v", err)
	}
}

func TestParseTimeout(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "30min": 30 * time.Minute, "1h30min": 90 * time.Minute, "1d": 24 * time.Hour,
		"1d2h": 26 * time.Hour, "250ms": 250 * time.Millisecond, "2min": 2 * time.Minute,
	} {
		if got, err := ParseTimeout(text, testNow); err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1s", "0d", "soon", "30m", "1h30m"} {
		if got, err := ParseTimeout(text, testNow); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// What is written as a time is read as that time, whatever the zone.
func TestWhenReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).In(testNow.Location())
		layout := rapid.SampledFrom([]string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05"}).Draw(t, "layout")
		got, err := Since(want.Format(layout), testNow)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s: %v %v", want.Format(layout), got, err)
		}
	})
}

func FuzzWhen(f *testing.F) {
	for _, text := range []string{"2026-11-01", "7d", "2 hours ago", "1y5m7d2h", "9999-12-31 23:59", "٣d", "1000y", "a b c ago", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Since(text, testNow)
		if err == nil && (got.Year() < testNow.Year()-3*maxYears || got.Year() > 9999) {
			t.Errorf("%q is read as the year %d", text, got.Year())
		}
		if s, err := ParseSpan(text); err == nil && s.After(testNow).Before(testNow) {
			t.Errorf("%q goes backwards: %+v", text, s)
		}
		_, _ = ParseTimeout(text, testNow)
	})
}
