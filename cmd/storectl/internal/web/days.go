package web

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"taskstore/cmd/storectl/internal/web/calendar"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// dayKinds are what a day is made of, in the order in which they are told.
var dayKinds = []string{"sessions", "notes", "tasks"}

// entriesPerPage is how many entries of a day come at once.
const entriesPerPage = 30

// dayPage is what the page of a day shows.
type dayPage struct {
	Day            time.Time
	Key            string
	Any            bool // there is anything in the store that has a day
	Counts         []kindCount
	Files          string // the address of the files of the day
	Month          calendar.Month
	Years          []calendar.Year
	Entries        []shown.Entry
	First          bool // the page is the first of its day
	More           string
	Earlier, Later *calendar.DayLink
	Due, Done      []calendar.DueTask
}

type kindCount struct {
	Kind  string
	Count int64
}

// days is the page of a day: a calendar with how much there is, and what happened in order.
func (s *Server) days(v *visit) error {
	days, err := v.countDays()
	if err != nil {
		return err
	}
	day, err := v.chosenDay(days)
	if err != nil {
		return err
	}
	key := words.DayKey(day)
	p := dayPage{Day: day, Key: key, Any: len(days.Total) > 0, Month: calendar.MonthOf(day, days), Years: calendar.YearsOf(day, days)}
	for _, kind := range dayKinds {
		if n := days.Kinds[kind][key]; n > 0 {
			p.Counts = append(p.Counts, kindCount{kind, n})
		}
	}
	p.Earlier, p.Later = days.Beside(key)
	p.First = v.FormValue("sessions")+v.FormValue("notes")+v.FormValue("tasks") == ""
	if p.First {
		if p.Due, p.Done, err = s.agenda.Of(v.Ctx, key); err != nil {
			return err
		}
	}
	next, err := v.entries(day, &p)
	if err != nil {
		return err
	}
	if next != nil {
		p.More = "/days?" + next.Encode()
	}
	p.Files = "/search?" + url.Values{"kind": {"attachments"}, "since": {key}, "until": {key}}.Encode()
	return v.show("days", day.Format("2 January 2006"), "days", p)
}

func (v *visit) countDays() (d calendar.Counts, err error) {
	d = calendar.Counts{Kinds: map[string]map[string]int64{}, Total: map[string]int64{}}
	for _, kind := range dayKinds {
		list, _, err := v.faceted(kind).EstimateFacets(v.Ctx, repo.Query{}, repo.FacetDay)
		if err != nil {
			return d, err
		}
		of := map[string]int64{}
		for _, c := range list {
			of[c.Value] = c.Count
			d.Total[c.Value] += c.Count
		}
		d.Kinds[kind] = of
	}
	d.Keys = slices.Sorted(maps.Keys(d.Total))
	return d, nil
}

// faceted are records that can be counted by day, tag or status.
type faceted interface {
	EstimateFacets(ctx context.Context, q repo.Query, by repo.Facet) ([]repo.FacetCount, bool, error)
	EstimateBy(ctx context.Context, q repo.Query, by ...repo.Facet) (int, map[repo.Facet][]repo.FacetCount, bool, error)
}

// faceted gives the records of one of the kinds that days are made of; nil for others.
func (v *visit) faceted(kind string) faceted {
	switch kind {
	case "sessions":
		return v.Store.Sessions
	case "notes":
		return v.Store.Notes
	case "tasks":
		return v.Store.Tasks
	}
	return nil
}

// chosenDay is the day that the address names, else the latest of its month, or of all, that is not in the future.
func (v *visit) chosenDay(d calendar.Counts) (time.Time, error) {
	wrong := guard.Refusal{Status: http.StatusBadRequest, Title: "There is no such day", Text: "A day is written like 2026-03-09, a month like 2026-03.", Link: "/days", LinkText: "To the latest day"}
	today := v.s.opt.Now().Local()
	switch day, mon := v.FormValue("day"), v.FormValue("month"); {
	case day != "":
		at, err := time.ParseInLocation(time.DateOnly, day, time.Local)
		if err != nil || at.Year() < 1 {
			return at, wrong
		}
		return at, nil
	case mon != "":
		at, err := time.ParseInLocation("2006-01", mon, time.Local)
		if err != nil || at.Year() < 1 {
			return at, wrong
		}
		if key := d.Latest(words.DayKey(at.AddDate(0, 1, -1))); key >= words.DayKey(at) {
			return time.ParseInLocation(time.DateOnly, key, time.Local)
		}
		return at, nil
	}
	key := d.Latest(words.DayKey(today))
	if key == "" && len(d.Keys) > 0 {
		key = d.Keys[0]
	}
	if key == "" {
		key = words.DayKey(today)
	}
	return time.ParseInLocation(time.DateOnly, key, time.Local)
}

// stream is the records of one kind of a day, in order.
type stream struct {
	kind  string
	query repo.Query
	items []schema.Brief
	next  repo.Cursor
	taken int
}

// noMore is the cursor of a kind of which a day has no more.
const noMore = "-"

// entries reads the next entries of a day, merged by time, and gives the address of what follows.
func (v *visit) entries(day time.Time, p *dayPage) (next url.Values, err error) {
	var streams []*stream
	for _, kind := range dayKinds {
		k, err := repo.KindOf(kind)
		if err != nil {
			return nil, err
		}
		st := &stream{kind: kind, query: repo.Query{From: schema.TimeOf(day), To: schema.TimeOf(day.AddDate(0, 0, 1)), Sort: "-date", Limit: entriesPerPage, After: repo.Cursor(v.FormValue(kind))}}
		streams = append(streams, st)
		if st.query.After == noMore {
			continue
		}
		page, err := v.of(k).List(v.Ctx, st.query)
		if err != nil {
			return nil, err
		}
		st.items, st.next = page.Items, page.Next
	}
	var list []schema.Brief
	for len(list) < entriesPerPage {
		var first *stream
		for _, st := range streams {
			if st.taken < len(st.items) && (first == nil || st.items[st.taken].Date < first.items[first.taken].Date) {
				first = st
			}
		}
		if first == nil {
			break
		}
		list = append(list, first.items[first.taken])
		first.taken++
	}
	if p.Entries, err = v.EntriesOf(list); err != nil {
		return nil, err
	}
	next = url.Values{"day": {p.Key}}
	more := false
	for _, st := range streams {
		after, left, err := v.after(st)
		if err != nil {
			return nil, err
		}
		if next.Set(st.kind, noMore); left {
			next.Set(st.kind, string(after))
		}
		more = more || left
	}
	if !more {
		return nil, nil
	}
	return next, nil
}

// after is the cursor behind what was taken of a stream, and whether anything is left of it.
func (v *visit) after(st *stream) (repo.Cursor, bool, error) {
	switch {
	case st.taken == len(st.items):
		return st.next, st.next != "", nil
	case st.taken == 0:
		return st.query.After, true, nil
	}
	k, err := repo.KindOf(st.kind)
	if err != nil {
		return "", false, err
	}
	st.query.Limit = st.taken
	page, err := v.of(k).List(v.Ctx, st.query)
	return page.Next, true, err
}
