package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"taskstore/cmd/storectl/internal/web/calendar"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/internal/when"
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
	About          bool   // they are estimated
	Files          string // the address of the files of the day
	Month          calendar.Month
	Years          []calendar.Year
	Entries        []shown.Entry
	First          bool // the page is the first of its day
	More           string
	Earlier, Later *calendar.DayLink
	Due, Done      []calendar.DueTask
	Unread         bool // which tasks are due is not known yet
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
	p := dayPage{Day: day, Key: key, Any: len(days.Total) > 0, About: days.About, Month: calendar.MonthOf(day, days), Years: calendar.YearsOf(day, days)}
	for _, kind := range dayKinds {
		if n := days.Kinds[kind][key]; n > 0 {
			p.Counts = append(p.Counts, kindCount{kind, n})
		}
	}
	p.Earlier, p.Later = days.Beside(key)
	p.First = v.FormValue("sessions")+v.FormValue("notes")+v.FormValue("tasks") == ""
	if p.First {
		p.Due, p.Done, err = s.agenda.Of(v.Ctx, key)
		if p.Unread = errors.Is(err, calendar.ErrUnread); err != nil && !p.Unread {
			return err
		}
	}
	next, err := v.entries(&p)
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
		list, about, err := v.faceted(kind).EstimateFacets(v.Ctx, repo.Query{}, repo.FacetDay)
		if err != nil {
			return d, err
		}
		d.About = d.About || about
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

// faceted are records that can be listed, and counted by day, tag or status.
type faceted interface {
	List(ctx context.Context, q repo.Query) (repo.Page[schema.Brief], error)
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
	today := words.DayKey(v.s.opt.Now().Local())
	key, month := v.FormValue("day"), v.FormValue("month")
	switch {
	case key != "":
	case len(month) == len("2006-01"):
		key = max(month+"-01", d.Latest(month+"-31"))
	case month != "":
		key = month // is none
	default:
		if key = d.Latest(today); key == "" && len(d.Keys) > 0 {
			key = d.Keys[0]
		}
	}
	day, err := time.Parse(time.DateOnly, cmp.Or(key, today))
	if err != nil || day.Year() < 1000 {
		err = guard.Refusal{Status: http.StatusBadRequest, Title: "There is no such day", Text: "A day is written like 2026-03-09, a month like 2026-03.", Link: "/days", LinkText: "To the latest day"}
	}
	return day, err
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
func (v *visit) entries(p *dayPage) (next url.Values, err error) {
	from, to, err := when.In(p.Key, v.s.opt.Now().Local())
	if err != nil {
		return nil, err
	}
	var streams []*stream
	for _, kind := range dayKinds {
		st := &stream{kind: kind, query: repo.Query{From: schema.TimeOf(from), To: schema.TimeOf(to), Sort: "-date", Limit: entriesPerPage, After: repo.Cursor(v.FormValue(kind))}}
		streams = append(streams, st)
		if st.query.After == noMore {
			continue
		}
		page, err := v.faceted(kind).List(v.Ctx, st.query)
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
	st.query.Limit = st.taken
	page, err := v.faceted(st.kind).List(v.Ctx, st.query)
	return page.Next, true, err
}
