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
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	span := func(t time.Time, years, months, days int) (schema.Time, schema.Time, error) {
		return schema.TimeOf(t), schema.TimeOf(t.AddDate(years, months, days)), nil
	}
	switch strings.ToLower(text) {
	case "today":
		return span(day, 0, 0, 1)
	case "yesterday":
		return span(day.AddDate(0, 0, -1), 0, 0, 1)
	case "thisweek":
		return span(day.AddDate(0, 0, -(int(day.Weekday())+6)%7), 0, 0, 7)
	case "thismonth":
		return span(time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone), 0, 1, 0)
	case "thisyear":
		return span(time.Date(now.Year(), 1, 1, 0, 0, 0, 0, zone), 1, 0, 0)
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-01-02", 0, 0, 1}} {
		if t, err := time.ParseInLocation(form.layout, text, zone); err == nil && t.Year() > 0 {
			return span(t, form.years, form.months, form.days)
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

// week gives a week by ISO 8601: the first has the year's first Thursday.
func week(year, number string, zone *time.Location) (from, to schema.Time, err error) {
	y, _ := strconv.Atoi(year)
	n, _ := strconv.Atoi(number)
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, zone)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(n-1))
	if iy, in := monday.ISOWeek(); y == 0 || iy != y || in != n {
		return "", "", fmt.Errorf("is no week: %s has none of number %s", year, number)
	}
	return schema.TimeOf(monday), schema.TimeOf(monday.AddDate(0, 0, 7)), nil
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
