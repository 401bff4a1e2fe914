package listing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// All hours come as one text: to read each as a row takes three times as long.
const sqlHours = `SELECT coalesce(group_concat(h.value || ' ' || h.records, char(10)), '')
FROM (SELECT t.value, t.records FROM facets AS t WHERE t.kind = ? AND t.field = '` + rows.FacetHour + `' AND t.trash = ? AND t.records > 0 ORDER BY t.value) AS h`

// keptHours gives how many records are of each hour. What another program has written that
// is none is left out.
func keptHours(ctx context.Context, x *sqlitedb.Tx, kind string, trash bool) (list []FacetCount, err error) {
	var text string
	if err := x.Get(ctx, &text, sqlHours, kind, trash); err != nil {
		return nil, err
	}
	list = make([]FacetCount, 0, strings.Count(text, "\n")+1)
	for line := range strings.Lines(text) {
		if len(line) <= hourLen {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line[hourLen:]), 10, 64)
		if err == nil {
			list = append(list, FacetCount{line[:hourLen], n})
		}
	}
	return list, nil
}

// periods sums hours to the days, months or years of a zone. Where one of those ends
// within an hour, its records are looked at, if those are no more than most together.
func (s *Selection) periods(ctx context.Context, x *sqlitedb.Tx, f facetBy, hours []FacetCount, most int64) ([]FacetCount, bool, error) {
	counts := map[civil]int64{}
	for _, one := range hours {
		from, err := time.Parse("2006-01-02T15", one.Value)
		if err != nil {
			continue
		}
		period := f.civil(from)
		if f.rough || period == f.civil(from.Add(time.Hour-time.Millisecond)) {
			counts[period] += one.Count
			continue
		}
		if most -= one.Count; most < 0 {
			return nil, false, nil
		}
		dates, err := s.datesOf(ctx, x, one.Value)
		if err != nil {
			return nil, false, err
		}
		for _, at := range dates {
			if t, err := schema.Time(at).Time(); err == nil {
				counts[f.civil(t)]++
			}
		}
	}
	list := make([]FacetCount, 0, len(counts))
	for period, n := range counts {
		list = append(list, FacetCount{time.Date(period.year, period.month, period.day, 0, 0, 0, 0, time.UTC).Format(f.layout), n})
	}
	slices.SortFunc(list, func(a, b FacetCount) int { return cmp.Compare(b.Value, a.Value) })
	return list, true, nil
}

// civil is the first day of a period.
type civil struct {
	year  int
	month time.Month
	day   int
}

func (f facetBy) civil(t time.Time) (c civil) {
	c.year, c.month, c.day = t.In(f.zone).Date()
	switch f.by {
	case FacetMonth:
		c.day = 1
	case FacetYear:
		c.month, c.day = 1, 1
	}
	return c
}

// datesOf gives the dates of what is selected of an hour.
func (s *Selection) datesOf(ctx context.Context, x *sqlitedb.Tx, hour string) (list []string, err error) {
	one := *s
	one.q.From, one.q.To = max(s.q.From, schema.Time(hour)), schema.Time(hour+lastOfHour)
	if s.q.To != "" {
		one.q.To = min(s.q.To, one.q.To)
	}
	text, args := one.recordsSQL()
	err = x.Select(ctx, &list, "SELECT m.date\nFROM ("+text+") AS m", args...)
	return list, err
}
