package when

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time in calendar units. A month is as long as the calendar says.
type Span struct {
	Years, Months, Days int
	Rest                time.Duration // hours and below
}

// Before is the moment that lies the span before t.
func (s Span) Before(t time.Time) time.Time {
	return t.AddDate(-s.Years, -s.Months, -s.Days).Add(-s.Rest)
}

// After is the moment that lies the span after t.
func (s Span) After(t time.Time) time.Time {
	return t.AddDate(s.Years, s.Months, s.Days).Add(s.Rest)
}

const (
	maxYears = 1000 // nothing here is older; also keeps the sums far from overflow
	spanForm = "a duration is years, months, weeks, days, hours, minutes, seconds, large before small: 1y5mo7d2h, 90s, 10min"
)

// units are the units of DUR, from large to small, and how people spell them.
var units = []struct {
	names string
	most  int
	add   func(*Span, int)
}{
	{" y yr yrs year years ", maxYears, func(s *Span, n int) { s.Years += n }},
	{" mo m mos month months ", maxYears * 12, func(s *Span, n int) { s.Months += n }},
	{" w wk wks week weeks ", maxYears * 53, func(s *Span, n int) { s.Days += 7 * n }},
	{" d day days ", maxYears * 366, func(s *Span, n int) { s.Days += n }},
	{" h hr hrs hour hours ", maxYears * 366 * 24, func(s *Span, n int) { s.Rest += time.Duration(n) * time.Hour }},
	{" min mins minute minutes ", math.MaxInt32, func(s *Span, n int) { s.Rest += time.Duration(n) * time.Minute }},
	{" s sec secs second seconds ", math.MaxInt32, func(s *Span, n int) { s.Rest += time.Duration(n) * time.Second }},
	{" ms ", math.MaxInt32, func(s *Span, n int) { s.Rest += time.Duration(n) * time.Millisecond }},
}

// ParseSpan reads a DUR: whole numbers, each with its unit, large units before
// small ones, with or without spaces: 1y5mo7d2h, 2w, 30min, 90s, 250ms, "2 hours".
// m is months, as mo is; minutes are min.
func ParseSpan(text string) (Span, error) {
	s, _, err := parseSpan(text)
	return s, err
}

func parseSpan(text string) (s Span, months bool, err error) {
	rest := strings.ToLower(strings.Join(strings.Fields(text), ""))
	if rest == "" {
		return s, false, fmt.Errorf("an empty duration; %s", spanForm)
	}
	for last := -1; rest != ""; {
		digits := leading(rest, true)
		unit := leading(rest[len(digits):], false)
		rest = rest[len(digits)+len(unit):]
		at, n, err := spanPart(digits, unit, last)
		if err != nil {
			return Span{}, false, fmt.Errorf("%q is no duration: %w", text, err)
		}
		units[at].add(&s, n)
		last, months = at, months || unit == "m"
	}
	return s, months, nil
}

func spanPart(digits, unit string, last int) (at, n int, err error) {
	if digits == "" {
		return 0, 0, fmt.Errorf("a number is missing before %q; %s", unit, spanForm)
	}
	if unit == "" {
		return 0, 0, fmt.Errorf("the unit after %s is missing; %s", digits, spanForm)
	}
	for at = range units {
		if !strings.Contains(units[at].names, " "+unit+" ") {
			continue
		}
		if at <= last && unit == "m" {
			return 0, 0, errors.New("m is months and stands before weeks, days and hours; minutes are min")
		}
		if at <= last {
			return 0, 0, fmt.Errorf("%q stands in the wrong place; %s", unit, spanForm)
		}
		n, err = strconv.Atoi(digits)
		if err != nil || n > units[at].most {
			return 0, 0, fmt.Errorf("%s%s is too long", digits, unit)
		}
		return at, n, nil
	}
	return 0, 0, fmt.Errorf("there is no unit %q; %s", unit, spanForm)
}

// ParseTimeout reads a DUR, longer than nothing, that begins now. Because who
// writes 30m there means minutes, which m is nowhere, m is refused.
func ParseTimeout(text string, now time.Time) (time.Duration, error) {
	s, months, err := parseSpan(text)
	if err != nil {
		return 0, err
	}
	if months {
		return 0, fmt.Errorf("%q may be misread, m is months: write min for minutes or mo for months", text)
	}
	limit := s.After(now).Sub(now)
	if limit <= 0 {
		return 0, fmt.Errorf("%q is not longer than nothing", text)
	}
	return limit, nil
}

// parseAge reads 7d, "7d ago", "2 hours ago", "an hour ago".
func parseAge(word string) (Span, error) {
	word = strings.TrimSuffix(word, " ago")
	if first, rest, ok := strings.Cut(word, " "); ok && (first == "a" || first == "an" || first == "one") {
		word = "1" + rest
	}
	if !strings.ContainsAny(word, "0123456789") {
		return Span{}, errForm
	}
	return ParseSpan(word)
}

// leading is the longest beginning of text that is of digits, or has none.
func leading(text string, digits bool) string {
	n := 0
	for n < len(text) && ('0' <= text[n] && text[n] <= '9') == digits {
		n++
	}
	return text[:n]
}
