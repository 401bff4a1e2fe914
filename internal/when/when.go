// Package when reads dates, ages, periods and durations as people type them. The
// flags and the query language have this one parser, so that a text means the
// same in both. It works in [time.Time] and knows nothing of what is stored.
//
// A WHEN is, in the time zone of now where it names none:
//
//	2026  2026-03  2026-03-09  2026-W11  2026W11    a year, month, day, week by ISO 8601
//	today yesterday thisweek thismonth thisyear     a period
//	now                                             a moment
//	2026-03-09T14:30:05.25+01:00                    a moment by RFC 3339, T may be a space
//	2026-03-09 14:30[:05[.25]], also with T         a moment of the local clock
//	7d  "2 hours ago"  1y2mo                        an age: the moment so long ago
//
// Years are 1000 to 9999; letters may be of either case. A local time that comes
// twice, because a clock is turned back, is both moments and what lies between;
// one that a clock skips is the moment at which it is turned.
package when

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const form = `a time is 2026, 2026-03, 2026-03-09, 2026-W11, "2026-03-09 14:30", RFC 3339, an age such as 7d or "2 hours ago", now, today, yesterday, thisweek, thismonth or thisyear`

// reading is what a WHEN names: from its first moment to the first millisecond
// after it.
type reading struct {
	from, end time.Time
	age       bool
}

// Since gives the first moment of a WHEN.
func Since(text string, now time.Time) (time.Time, error) {
	r, err := read(text, now)
	return r.from, err
}

// Until gives the first millisecond after a WHEN, which is so included as a whole.
// The zero time says that there is no end: the WHEN goes up to the year 9999.
func Until(text string, now time.Time) (time.Time, error) {
	r, err := read(text, now)
	return r.end, err
}

// In gives the bounds of a WHEN, the second not included. An age is the time since
// then, and has no end; no end is the zero time, as in [Until].
func In(text string, now time.Time) (from, end time.Time, err error) {
	r, err := read(text, now)
	if r.age {
		r.end = time.Time{}
	}
	return r.from, r.end, err
}

func read(text string, now time.Time) (reading, error) {
	word := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if word == "" {
		return reading{}, fmt.Errorf("an empty time; %s", form)
	}
	r, err := readWord(word, now)
	if err != nil {
		return reading{}, fmt.Errorf("%q is no time: %w", text, err)
	}
	if y := r.from.UTC().Year(); y < 999 || y > 9999 || r.from.Year() < 1000 {
		return reading{}, fmt.Errorf("%q is no time: it is not in the years 1000 to 9999", text)
	}
	if r.end.UTC().Year() > 9999 {
		r.end = time.Time{}
	}
	return r, nil
}

func readWord(word string, now time.Time) (reading, error) {
	if word == "now" {
		return moment(now, now), nil
	}
	if r, ok := namedPeriod(word, now); ok {
		return r, nil
	}
	if m := weekForm().FindStringSubmatch(word); m != nil {
		return week(m[1], m[2], now.Location())
	}
	if r, ok := datedPeriod(word, now.Location()); ok {
		return r, nil
	}
	if r, ok := readMoment(strings.ToUpper(word), now.Location()); ok {
		return r, nil
	}
	if dateForm().MatchString(word) {
		return reading{}, fmt.Errorf("the calendar has no such date; %s", form)
	}
	s, err := parseAge(word)
	if err != nil {
		return reading{}, err
	}
	t := s.Before(now)
	return reading{t, t.Add(time.Millisecond), true}, nil
}

var (
	weekForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d{4})-?w(\d{1,2})$`) })
	dateForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{4}(-|$)`) })
)

func moment(first, last time.Time) reading {
	return reading{from: first, end: last.Add(time.Millisecond)}
}

// period is from the beginning of one day to that of another.
func period(zone *time.Location, y int, m time.Month, d, years, months, days int) reading {
	return reading{from: dayStart(y, m, d, zone), end: dayStart(y+years, m+time.Month(months), d+days, zone)}
}

func namedPeriod(word string, now time.Time) (reading, bool) {
	y, m, d := now.Date()
	zone := now.Location()
	switch word {
	case "today":
		return period(zone, y, m, d, 0, 0, 1), true
	case "yesterday":
		return period(zone, y, m, d-1, 0, 0, 1), true
	case "thisweek":
		return period(zone, y, m, d-(int(now.Weekday())+6)%7, 0, 0, 7), true
	case "thismonth":
		return period(zone, y, m, 1, 0, 1, 0), true
	case "thisyear":
		return period(zone, y, 1, 1, 1, 0, 0), true
	}
	return reading{}, false
}

func datedPeriod(word string, zone *time.Location) (reading, bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {time.DateOnly, 0, 0, 1}} {
		if t, err := time.Parse(form.layout, word); err == nil {
			return period(zone, t.Year(), t.Month(), t.Day(), form.years, form.months, form.days), true
		}
	}
	return reading{}, false
}

// week gives a week by ISO 8601: the first has the year's first Thursday.
func week(year, number string, zone *time.Location) (reading, error) {
	y, _ := strconv.Atoi(year)
	n, _ := strconv.Atoi(number)
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(n-1))
	if iy, in := monday.ISOWeek(); iy != y || in != n {
		return reading{}, fmt.Errorf("%s has no week of number %s", year, number)
	}
	y, month, day := monday.Date()
	return period(zone, y, month, day, 0, 0, 7), nil
}

func readMoment(text string, zone *time.Location) (reading, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return moment(t, t), true
		}
	}
	text = strings.Replace(text, "T", " ", 1)
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return moment(clock(t, zone)), true
		}
	}
	return reading{}, false
}

// dayStart gives the first moment of a day, also where clocks are turned at
// midnight, which then is not there, or is there twice.
func dayStart(y int, m time.Month, d int, zone *time.Location) time.Time {
	first, _ := clock(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), zone)
	return first
}

// clock gives the first and the last moment at which the clocks of a zone show
// what wall shows in UTC.
func clock(wall time.Time, zone *time.Location) (first, last time.Time) {
	y, m, d := wall.Date()
	t := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
	since, until := t.ZoneBounds()
	if shown := shows(t); shown.Before(wall) {
		return until, until
	} else if shown.After(wall) {
		return since, since
	}
	first, last = t, t
	if !since.IsZero() {
		if other := t.Add(shows(t).Sub(shows(since.Add(-1))) - t.Sub(since.Add(-1))); other.Before(since) {
			first = other
		}
	}
	if !until.IsZero() {
		if other := t.Add(shows(t).Sub(shows(until)) - t.Sub(until)); !other.Before(until) {
			last = other
		}
	}
	return first, last
}

// shows is what the clocks of t's zone show at t, as a time in UTC.
func shows(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

var errForm = errors.New(form)
