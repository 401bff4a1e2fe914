package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"taskstore/repo"
)

// span is a length of time in calendar units: what DUR means. A month is as long as the calendar says.
type span struct {
	years, months, days int
	rest                time.Duration // hours and below
}

// before is the moment that lies the span before t.
func (s span) before(t time.Time) time.Time {
	return t.AddDate(-s.years, -s.months, -s.days).Add(-s.rest)
}

// after is the moment that lies the span after t.
func (s span) after(t time.Time) time.Time {
	return t.AddDate(s.years, s.months, s.days).Add(s.rest)
}

const (
	maxSpanYears = 1000 // nothing here is older; also keeps the sums far from overflow
	spanForm     = "a duration is years, months, weeks, days, hours, minutes, seconds, large before small: 1y5m7d2h, 90s, 10min"
)

// spanUnits are the units of DUR, from large to small. m is months, as in restic.
var spanUnits = []struct {
	name string
	most int
	add  func(*span, int)
}{
	{"y", maxSpanYears, func(s *span, n int) { s.years += n }},
	{"m", maxSpanYears * 12, func(s *span, n int) { s.months += n }},
	{"w", maxSpanYears * 53, func(s *span, n int) { s.days += 7 * n }},
	{"d", maxSpanYears * 366, func(s *span, n int) { s.days += n }},
	{"h", maxSpanYears * 366 * 24, func(s *span, n int) { s.rest += time.Duration(n) * time.Hour }},
	{"min", math.MaxInt32, func(s *span, n int) { s.rest += time.Duration(n) * time.Minute }},
	{"s", math.MaxInt32, func(s *span, n int) { s.rest += time.Duration(n) * time.Second }},
}

// parseSpan reads a DUR such as 1y5m7d2h.
func parseSpan(text string) (span, error) {
	rest := strings.ToLower(strings.TrimSpace(text))
	if rest == "" {
		return span{}, fmt.Errorf("an empty duration; %s", spanForm)
	}
	var s span
	last := -1
	for rest != "" {
		digits := leading(rest, isDigit)
		unit := leading(rest[len(digits):], func(c byte) bool { return !isDigit(c) })
		rest = rest[len(digits)+len(unit):]
		at, n, err := spanPart(digits, strings.TrimSpace(unit), last)
		if err != nil {
			return span{}, fmt.Errorf("%q is no duration: %w", text, err)
		}
		spanUnits[at].add(&s, n)
		last = at
	}
	return s, nil
}

func spanPart(digits, unit string, last int) (at, n int, err error) {
	if digits == "" {
		return 0, 0, fmt.Errorf("a number is missing before %q; %s", unit, spanForm)
	}
	for at = range spanUnits {
		if spanUnits[at].name != unit {
			continue
		}
		if at <= last && unit == "m" {
			return 0, 0, errors.New("m is months and stands before weeks, days and hours; minutes are min")
		}
		if at <= last {
			return 0, 0, fmt.Errorf("%q stands in the wrong place; %s", unit, spanForm)
		}
		n, err = strconv.Atoi(digits)
		if err != nil || n > spanUnits[at].most {
			return 0, 0, fmt.Errorf("%s%s is too long", digits, unit)
		}
		return at, n, nil
	}
	if unit == "" {
		return 0, 0, fmt.Errorf("the unit after %s is missing; %s", digits, spanForm)
	}
	return 0, 0, fmt.Errorf("there is no unit %q; %s", unit, spanForm)
}

// parseTimeout reads the value of --timeout: the form that Go programs take (90s, 30m, 1h30m; m is minutes, because a
// timeout of months makes no sense), else a DUR.
func parseTimeout(text string, now time.Time) (time.Duration, error) {
	limit, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		s, problem := parseSpan(text)
		if problem != nil {
			return 0, problem
		}
		limit = s.after(now).Sub(now)
	}
	if limit <= 0 {
		return 0, fmt.Errorf("%q is not longer than nothing", text)
	}
	return limit, nil
}

const whenForm = `a time is 2026-11-01, "2026-11-01 14:30", RFC 3339, an age such as 7d or "2 hours ago", now, today or yesterday`

// whenLayouts are the forms of a time without a zone: local.
var whenLayouts = []string{
	"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04:05.999999999",
}

// parseWhen reads a WHEN. Dates and times without a zone are those of now's location. day says that the text names a
// whole day, whose beginning is returned: an upper bound then means its end.
func parseWhen(text string, now time.Time) (t time.Time, day bool, err error) {
	word := strings.ToLower(strings.Join(strings.Fields(text), " "))
	start := func(d time.Time, days int) time.Time {
		return repo.DayStart(d.Year(), d.Month(), d.Day()+days, now.Location())
	}
	switch word {
	case "":
		return t, false, fmt.Errorf("an empty time; %s", whenForm)
	case "now":
		return now, false, nil
	case "today":
		return start(now, 0), true, nil
	case "yesterday":
		return start(now, -1), true, nil
	}
	if t, err := time.Parse("2006-01-02", word); err == nil {
		return start(t, 0), true, nil
	}
	upper := strings.ToUpper(word)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, upper); err == nil {
			return t, false, nil
		}
	}
	for _, layout := range whenLayouts {
		if t, err := time.ParseInLocation(layout, upper, now.Location()); err == nil {
			return t, false, nil
		}
	}
	if looksLikeDate(word) {
		return t, false, fmt.Errorf("%q is no date that the calendar has; %s", text, whenForm)
	}
	s, err := parseAge(word)
	if err != nil {
		return t, false, fmt.Errorf("%q is no time: %w", text, err)
	}
	return s.before(now), false, nil
}

// parseUntil reads a WHEN as an upper bound that is itself included, and returns the first millisecond after it: for
// a day the beginning of the next.
func parseUntil(text string, now time.Time) (time.Time, error) {
	t, day, err := parseWhen(text, now)
	if err == nil && day {
		return repo.DayStart(t.Year(), t.Month(), t.Day()+1, t.Location()), nil
	}
	return t.Add(time.Millisecond), err
}

// ageWords are the spelled-out units of an age.
var ageWords = map[string]string{
	"year": "y", "month": "m", "week": "w", "day": "d", "hour": "h", "minute": "min", "second": "s",
	"hr": "h", "sec": "s", "mo": "m", "yr": "y", "wk": "w",
}

// parseAge reads 7d, "7d ago", "2 hours ago", "1 year 2 months ago".
func parseAge(word string) (span, error) {
	word = strings.TrimSpace(strings.TrimSuffix(word, " ago"))
	fields := strings.Fields(word)
	if len(fields) > 0 && (fields[0] == "a" || fields[0] == "an" || fields[0] == "one") {
		fields[0] = "1"
	}
	for i, field := range fields {
		number := leading(field, isDigit)
		name := field[len(number):]
		if short, ok := ageWords[strings.TrimSuffix(name, "s")]; ok {
			fields[i] = number + short
		}
	}
	s, err := parseSpan(strings.Join(fields, ""))
	if err != nil && !strings.ContainsAny(word, "0123456789") {
		return s, errors.New(whenForm)
	}
	return s, err
}

func looksLikeDate(word string) bool {
	return len(word) >= 8 && len(leading(word, isDigit)) == 4 && word[4] == '-'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// leading is the longest beginning of text whose bytes all satisfy is.
func leading(text string, is func(byte) bool) string {
	n := 0
	for n < len(text) && is(text[n]) {
		n++
	}
	return text[:n]
}
