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
