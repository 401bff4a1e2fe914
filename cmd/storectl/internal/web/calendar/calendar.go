// Package calendar counts days: how much there is on each, in months and years, and which tasks are due or were done then.
// A day is its midnight in UTC, where each day has one: elsewhere clocks are turned at midnight, too.
package calendar

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"taskstore/cmd/storectl/internal/web/words"
)

// Month is a month of the calendar: weeks of seven days, from Monday on.
type Month struct {
	Name, Key      string
	Earlier, Later string
	Weeks          [][]calendarDay
}

type calendarDay struct {
	Key      string
	Number   int
	Inside   bool // of the month
	Selected bool
	Level    int // 0 nothing, to 4 very much
	Label    string
	Short    string // of a month
}

// MonthOf is the month of a day.
func MonthOf(day time.Time, d Counts) Month {
	first := day.AddDate(0, 0, 1-day.Day())
	m := Month{Name: first.Format("January 2006"), Key: first.Format("2006-01"), Earlier: first.AddDate(0, -1, 0).Format("2006-01"), Later: first.AddDate(0, 1, 0).Format("2006-01")}
	at := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	for at.Before(first.AddDate(0, 1, 0)) {
		var week []calendarDay
		for range 7 {
			key := words.DayKey(at)
			n := d.Total[key]
			week = append(week, calendarDay{Key: key, Number: at.Day(), Inside: at.Month() == first.Month(), Selected: at.Equal(day), Level: levelOf(n), Label: at.Format("2 January") + ": " + words.Count(n, "entry")})
			at = at.AddDate(0, 0, 1)
		}
		m.Weeks = append(m.Weeks, week)
	}
	return m
}

// levelOf sorts a day by how much there is.
func levelOf(n int64) int {
	for i, most := range []int64{0, 2, 6, 15} {
		if n <= most {
			return i
		}
	}
	return 4
}

// Year is a row of months to jump to.
type Year struct {
	Name   string
	Total  int64
	Months []calendarDay
}

// YearsOf are the months of all years on which there is anything, the latest year first.
func YearsOf(day time.Time, d Counts) (list []Year) {
	months := map[string]int64{}
	years := map[string]int64{day.Format("2006"): 0}
	for key, n := range d.Total {
		if len(key) == len(time.DateOnly) {
			months[key[:7]] += n
			years[key[:4]] += n
		}
	}
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(years))) {
		y := Year{Name: name, Total: years[name]}
		for m := time.January; m <= time.December; m++ {
			key := fmt.Sprintf("%s-%02d", name, m)
			n := months[key]
			y.Months = append(y.Months, calendarDay{Key: key, Selected: key == day.Format("2006-01"),
				Level: levelOf((n + 1) / 2), Label: m.String()[:3] + " " + name + ": " + words.Count(n, "entry"), Short: m.String()[:3]})
		}
		list = append(list, y)
	}
	return list
}

// Counts is how much there is each day, by kind and in all.
type Counts struct {
	Kinds map[string]map[string]int64
	Total map[string]int64
	Keys  []string // of total, in order
	About bool     // they are estimated
}

// DayLink leads to a day on which there is something.
type DayLink struct {
	Key  string
	Text string
	N    int64
}

// Latest is the last day up to a day on which there is anything, "" if there is none.
func (d Counts) Latest(upTo string) string {
	i, found := slices.BinarySearch(d.Keys, upTo)
	if found {
		return upTo
	}
	if i == 0 {
		return ""
	}
	return d.Keys[i-1]
}

// Beside are the days next to a day on which there is anything, however far they are.
func (d Counts) Beside(key string) (earlier, later *DayLink) {
	i, found := slices.BinarySearch(d.Keys, key)
	at := func(i int) *DayLink {
		day, err := time.Parse(time.DateOnly, d.Keys[i])
		if err != nil {
			return nil
		}
		return &DayLink{d.Keys[i], day.Format("Mon, 2 Jan 2006"), d.Total[d.Keys[i]]}
	}
	if i > 0 {
		earlier = at(i - 1)
	}
	if found {
		i++
	}
	if i < len(d.Keys) {
		later = at(i)
	}
	return earlier, later
}
