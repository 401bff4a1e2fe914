package web

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// month is a month of the calendar: weeks of seven days, from Monday on.
type month struct {
	Name, Key      string
	Earlier, Later string
	Weeks          [][]calendarDay
}

type calendarDay struct {
	Key      string
	Number   int
	Inside   bool // of the month
	Selected bool
	Count    int64
	Level    int // 0 nothing, to 4 very much
	Label    string
	Short    string // of a month
}

func monthOf(day time.Time, d dayCounts) month {
	first := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.Local)
	m := month{Name: first.Format("January 2006"), Key: first.Format("2006-01"), Earlier: first.AddDate(0, -1, 0).Format("2006-01"), Later: first.AddDate(0, 1, 0).Format("2006-01")}
	at := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	for at.Before(first.AddDate(0, 1, 0)) {
		var week []calendarDay
		for range 7 {
			key := dayKey(at)
			n := d.total[key]
			week = append(week, calendarDay{Key: key, Number: at.Day(), Inside: at.Month() == first.Month(), Selected: key == dayKey(day), Count: n, Level: levelOf(n), Label: at.Format("2 January") + ": " + count(n, "entry")})
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

// year is a row of months to jump to.
type year struct {
	Name   string
	Total  int64
	Months []calendarDay
}

func yearsOf(day time.Time, d dayCounts) (list []year) {
	months := map[string]int64{}
	years := map[string]int64{day.Format("2006"): 0}
	for key, n := range d.total {
		if len(key) == len(time.DateOnly) {
			months[key[:7]] += n
			years[key[:4]] += n
		}
	}
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(years))) {
		y := year{Name: name, Total: years[name]}
		for m := time.January; m <= time.December; m++ {
			key := name + "-" + twoDigits(int(m))
			y.Months = append(y.Months, calendarDay{Key: key, Number: int(m), Selected: key == day.Format("2006-01"), Count: months[key],
				Level: levelOf(months[key] / 8 * 4), Label: m.String()[:3] + " " + name + ": " + count(months[key], "entry"), Short: m.String()[:3]})
			if n := months[key]; n > 0 && y.Months[m-1].Level == 0 {
				y.Months[m-1].Level = 1
			}
		}
		list = append(list, y)
	}
	return list
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// dayCounts is how much there is each day, by kind and in all.
type dayCounts struct {
	kinds map[string]map[string]int64
	total map[string]int64
	keys  []string // of total, in order
}

type dayLink struct {
	Key  string
	Text string
	N    int64
}

// latest is the last day up to a day on which there is anything, "" if there is none.
func (d dayCounts) latest(upTo string) string {
	i, found := slices.BinarySearch(d.keys, upTo)
	if found {
		return upTo
	}
	if i == 0 {
		return ""
	}
	return d.keys[i-1]
}

// beside are the days next to a day on which there is anything, however far they are.
func (d dayCounts) beside(key string) (earlier, later *dayLink) {
	i, found := slices.BinarySearch(d.keys, key)
	at := func(i int) *dayLink {
		day, err := time.ParseInLocation(time.DateOnly, d.keys[i], time.Local)
		if err != nil {
			return nil
		}
		return &dayLink{d.keys[i], day.Format("Mon, 2 Jan 2006"), d.total[d.keys[i]]}
	}
	if i > 0 {
		earlier = at(i - 1)
	}
	if found {
		i++
	}
	if i < len(d.keys) {
		later = at(i)
	}
	return earlier, later
}
