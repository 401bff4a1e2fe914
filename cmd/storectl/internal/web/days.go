package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

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
	Month          month
	Years          []year
	Entries        []entry
	First          bool // the page is the first of its day
	More           string
	Earlier, Later *dayLink
	Due, Done      []dueTask
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
	key := dayKey(day)
	p := dayPage{Day: day, Key: key, Any: len(days.total) > 0, Month: monthOf(day, days), Years: yearsOf(day, days)}
	for _, kind := range dayKinds {
		if n := days.kinds[kind][key]; n > 0 {
			p.Counts = append(p.Counts, kindCount{kind, n})
		}
	}
	p.Earlier, p.Later = days.beside(key)
	p.First = v.FormValue("sessions")+v.FormValue("notes")+v.FormValue("tasks") == ""
	if p.First {
		if p.Due, p.Done, err = s.agenda.of(v.ctx, key); err != nil {
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

func (v *visit) countDays() (d dayCounts, err error) {
	d = dayCounts{kinds: map[string]map[string]int64{}, total: map[string]int64{}}
	for _, kind := range dayKinds {
		list, err := v.facets(kind, repo.Query{}, repo.FacetDay)
		if err != nil {
			return d, err
		}
		of := map[string]int64{}
		for _, c := range list {
			of[c.Value] = c.Count
			d.total[c.Value] += c.Count
		}
		d.kinds[kind] = of
	}
	d.keys = slices.Sorted(maps.Keys(d.total))
	return d, nil
}

// facets counts records of a kind; kinds without such a facet have none.
func (v *visit) facets(kind string, q repo.Query, by repo.Facet) (list []repo.FacetCount, err error) {
	switch kind {
	case "sessions":
		list, _, err = v.store.Sessions.EstimateFacets(v.ctx, q, by)
	case "notes":
		list, _, err = v.store.Notes.EstimateFacets(v.ctx, q, by)
	case "tasks":
		list, _, err = v.store.Tasks.EstimateFacets(v.ctx, q, by)
	case "attachments":
		list, _, err = v.store.Attachments.EstimateFacets(v.ctx, q, by)
	}
	return list, err
}

// chosenDay is the day that the address names, else the latest of its month, or of all, that is not in the future.
func (v *visit) chosenDay(d dayCounts) (time.Time, error) {
	wrong := refusal{Status: http.StatusBadRequest, Title: "There is no such day", Text: "A day is written like 2026-03-09, a month like 2026-03.", Link: "/days", LinkText: "To the latest day"}
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
		if key := d.latest(dayKey(at.AddDate(0, 1, -1))); key >= dayKey(at) {
			return time.ParseInLocation(time.DateOnly, key, time.Local)
		}
		return at, nil
	}
	key := d.latest(dayKey(today))
	if key == "" && len(d.keys) > 0 {
		key = d.keys[0]
	}
	if key == "" {
		key = dayKey(today)
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
		page, err := k.In(&v.store.Repos).List(v.ctx, st.query)
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
	if p.Entries, err = v.entriesOf(list); err != nil {
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
	page, err := k.In(&v.store.Repos).List(v.ctx, st.query)
	return page.Next, true, err
}
