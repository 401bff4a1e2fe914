package repo

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"taskstore/schema"
)

// zoneOf finds a time zone by its name; "" is the system's.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &schema.InvalidError{Kind: "search", Field: "zone", Problem: fmt.Sprintf("%q is no time zone such as Europe/Berlin", name)}
	}
	return zone, nil
}

var (
	periodWeek = regexp.MustCompile(`^(\d{4})-?[wW](\d{1,2})$`)
	periodAge  = regexp.MustCompile(`^(\d{1,4})(h|d|w|m|y)$`)
)

var errPeriod = errors.New("is no time: write 2026, 2026-03, 2026-03-09, 2026-W11, today, yesterday, 7d, or RFC 3339")

// Period gives the beginning of a calendar period and that of the one after it,
// in the time zone of now: a year (2026), a month (2026-03), a day (2026-03-09,
// today, yesterday), a week by ISO 8601 (2026-W11), this week, month or year
// (thisweek, ...), the time since an age (7d, 12h, 2w, 3m, 1y), or a moment (RFC 3339).
func Period(text string, now time.Time) (from, to schema.Time, err error) {
	text = strings.TrimSpace(text)
	zone := now.Location()
	year, month, day := now.Date()
	span := func(y int, m time.Month, d, years, months, days int) (schema.Time, schema.Time, error) {
		return schema.TimeOf(DayStart(y, m, d, zone)), schema.TimeOf(DayStart(y+years, m+time.Month(months), d+days, zone)), nil
	}
	switch strings.ToLower(text) {
	case "today":
		return span(year, month, day, 0, 0, 1)
	case "yesterday":
		return span(year, month, day-1, 0, 0, 1)
	case "thisweek":
		return span(year, month, day-(int(now.Weekday())+6)%7, 0, 0, 7)
	case "thismonth":
		return span(year, month, 1, 0, 1, 0)
	case "thisyear":
		return span(year, 1, 1, 1, 0, 0)
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-01-02", 0, 0, 1}} {
		if t, err := time.Parse(form.layout, text); err == nil && t.Year() > 0 {
			return span(t.Year(), t.Month(), t.Day(), form.years, form.months, form.days)
		}
	}
	if t, ok := schema.ParseTime(text); ok {
		return t, t, nil
	}
	if m := periodWeek.FindStringSubmatch(text); m != nil {
		return week(m[1], m[2], zone)
	}
	if m := periodAge.FindStringSubmatch(text); m != nil {
		return schema.TimeOf(ago(now, m[1], m[2])), "", nil
	}
	return "", "", errPeriod
}

// DayStart gives the first moment of a day in a time zone, also where clocks are
// turned at midnight, which then is not there, or is there twice.
func DayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	_, offset := t.Zone()
	since, until := t.ZoneBounds()
	switch clock := t.Add(time.Duration(offset) * time.Second); {
	case clock.Before(want): // on the clock that ends before
		t = until
	case clock.After(want):
		t = since
	case !since.IsZero():
		_, offset = since.Add(-time.Second).Zone()
		if first := want.Add(-time.Duration(offset) * time.Second); first.Before(since) {
			t = first
		}
	}
	return t
}

// week gives a week by ISO 8601: the first has the year's first Thursday.
func week(year, number string, zone *time.Location) (from, to schema.Time, err error) {
	y, _ := strconv.Atoi(year)
	n, _ := strconv.Atoi(number)
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(n-1))
	if iy, in := monday.ISOWeek(); y == 0 || iy != y || in != n {
		return "", "", fmt.Errorf("is no week: %s has none of number %s", year, number)
	}
	y, month, day := monday.Date()
	return schema.TimeOf(DayStart(y, month, day, zone)), schema.TimeOf(DayStart(y, month, day+7, zone)), nil
}

func ago(now time.Time, number, unit string) time.Time {
	n, _ := strconv.Atoi(number)
	switch unit {
	case "h":
		return now.Add(-time.Duration(n) * time.Hour)
	case "d":
		return now.AddDate(0, 0, -n)
	case "w":
		return now.AddDate(0, 0, -7*n)
	case "m":
		return now.AddDate(0, -n, 0)
	}
	return now.AddDate(-n, 0, 0)
}
