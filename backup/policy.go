package backup

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Policy says which backups to keep, in the words of restic: the last so many,
// and the last of each of so many hours, days, weeks, months and years that have
// one; and everything not older than Within, seen from the newest. A number of
// -1 is all of them. The zero Policy is DefaultPolicy.
//
// The words count for each of three groups by itself: what was made by hand, what
// a schedule made, and safety backups. So a day of hourly backups never pushes out
// what somebody made on purpose.
type Policy struct {
	Last, Hourly, Daily, Weekly, Monthly, Yearly int
	Within                                       time.Duration
	// Safety is how long safety backups are kept whatever the other words say,
	// and bad ones to be looked at; 0 is thirty days.
	Safety time.Duration
}

// DefaultPolicy is what is kept when nobody says otherwise.
var DefaultPolicy = Policy{Last: 10, Hourly: 24, Daily: 7, Weekly: 5, Monthly: 12, Yearly: 3, Safety: safetyAge}

const safetyAge = 30 * 24 * time.Hour

// ErrPolicy says that a policy would keep nothing, or holds numbers that mean
// nothing.
var ErrPolicy = errors.New("this is no policy")

func (p Policy) complete() (Policy, error) {
	if p == (Policy{}) || p == (Policy{Safety: p.Safety}) {
		safety := p.Safety
		p = DefaultPolicy
		if safety != 0 {
			p.Safety = safety
		}
	}
	if p.Safety == 0 {
		p.Safety = safetyAge
	}
	for _, n := range []int{p.Last, p.Hourly, p.Daily, p.Weekly, p.Monthly, p.Yearly} {
		if n < -1 {
			return p, fmt.Errorf("%w: %d of something", ErrPolicy, n)
		}
	}
	if p.Within < 0 || p.Safety < 0 {
		return p, fmt.Errorf("%w: a time that is less than nothing", ErrPolicy)
	}
	return p, nil
}

// Decision says what becomes of a backup, and why.
type Decision struct {
	Backup
	Keep bool
	Why  []string // of Keep: the words that keep it
}

// Decide applies a policy, the newest first. Whatever the policy says, these are
// kept: the newest good backup, pinned ones, safety backups younger than
// Policy.Safety, backups that cannot be read, bad ones that are younger than that
// or than every good one. Bad ones do not count as any of the last so many. When a
// backup is dated after now, the clock or the backups cannot be trusted, and
// everything is kept.
func Decide(list []Backup, p Policy, now time.Time) (out []Decision, err error) {
	if p, err = p.complete(); err != nil {
		return nil, err
	}
	out = make([]Decision, len(list))
	for i, b := range list {
		out[i].Backup = b
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return b.Created.Compare(a.Created) })
	if why := senseless(out, now); why != "" {
		for i := range out {
			out[i].keep(why)
		}
		return out, nil
	}
	for _, group := range []func(Reason) bool{scheduled, byHand, Reason.Safety} {
		p.count(out, group, now.Location())
	}
	p.protect(out, now)
	return out, nil
}

func scheduled(r Reason) bool { return !r.Safety() && !byHand(r) }
func byHand(r Reason) bool    { return r == Manual }

func (d *Decision) keep(why string) { d.Keep, d.Why = true, append(d.Why, why) }

// senseless says why the times cannot be trusted. Those of a manifest that cannot
// be read are not known.
func senseless(list []Decision, now time.Time) string {
	for _, d := range list {
		if !d.Known() {
			continue
		}
		if d.FromFuture(now) {
			return "backup " + d.ID + " is dated in the future: nothing is removed until the clock is right"
		}
		if d.Created.Year() < 2000 {
			return "backup " + d.ID + " is dated before there were any: nothing is removed"
		}
	}
	return ""
}

// protect keeps what no policy may remove.
func (p Policy) protect(list []Decision, now time.Time) {
	newest := true // no good one was seen yet
	for i := range list {
		d := &list[i]
		young := now.Sub(d.Created) < p.Safety
		switch {
		case !d.Known():
			d.keep("its manifest cannot be read")
		case d.Failed() && newest:
			d.keep("no newer one is good")
		case d.Failed() && young:
			d.keep("bad, to be looked at")
		case d.Reason.Safety() && young:
			d.keep("safety")
		case now.Sub(d.Guards) < p.Safety:
			d.keep("safety")
		}
		if d.Good() && newest {
			d.keep("newest good one")
			newest = false
		}
		if d.Pinned {
			d.keep("pinned")
		}
	}
}

// count keeps what the words of the policy name, in one group.
func (p Policy) count(list []Decision, in func(Reason) bool, zone *time.Location) {
	words := p.words()
	var newest time.Time
	for i := range list {
		d := &list[i]
		if !in(d.Reason) || d.Failed() {
			continue
		}
		if newest.IsZero() {
			newest = d.Created
		}
		for w := range words {
			if words[w].takes(d.Created.In(zone), i) {
				d.keep(words[w].name)
			}
		}
		if p.Within > 0 && newest.Sub(d.Created) <= p.Within {
			d.keep("within")
		}
	}
}

// word is one word of a policy: so many times, or so many stretches of time, of
// which the newest backup is kept.
type word struct {
	name    string
	left    int // -1: any number
	stretch string
	week    bool
	last    string // the stretch of the last backup kept
}

func (p Policy) words() []word {
	return []word{
		{name: "last", left: p.Last},
		{name: "hourly", left: p.Hourly, stretch: "2006-01-02 15"},
		{name: "daily", left: p.Daily, stretch: "2006-01-02"},
		{name: "weekly", left: p.Weekly, week: true},
		{name: "monthly", left: p.Monthly, stretch: "2006-01"},
		{name: "yearly", left: p.Yearly, stretch: "2006"},
	}
}

func (w *word) takes(at time.Time, place int) bool {
	if w.left == 0 {
		return false
	}
	now := fmt.Sprint(place)
	switch {
	case w.week:
		year, week := at.ISOWeek()
		now = fmt.Sprint(year, " ", week)
	case w.stretch != "":
		now = at.Format(w.stretch)
	}
	if now == w.last {
		return false
	}
	w.last = now
	if w.left > 0 {
		w.left--
	}
	return true
}
