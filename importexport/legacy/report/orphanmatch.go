package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/names"
	"taskstore/internal/pattern"
)

// maxBelong is how many sessions are named for one orphan.
const maxBelong = 5

// The times around a session.
const (
	longest = 12 * time.Hour   // how long a session without an end counts as going on
	after   = 15 * time.Minute // within which the app made files of a session that had ended
	around  = time.Hour        // of what is left of a lost session
)

// matcher finds the sessions that an orphan may belong to.
type matcher struct {
	spans  []sessionSpan       // by their start
	byID   map[string]int      // place in spans
	shared map[string][]string // SHA-256 → sessions that have the content
}

// sessionSpan is when a session took place.
type sessionSpan struct {
	id, name   string
	start, end time.Time // zero: not known
	lost       bool
}

func NewMatcher(known []ledger.SessionSpan, shared []ledger.SharedContent, orphans []ledger.Orphan) *matcher {
	m := &matcher{byID: map[string]int{}, shared: map[string][]string{}}
	for _, s := range known {
		one := sessionSpan{id: s.ID, name: s.Name}
		one.start, _ = s.Start.Time()
		if one.end, _ = s.End.Time(); one.end.IsZero() && !one.start.IsZero() {
			one.end = one.start.Add(longest)
		}
		m.byID[s.ID] = len(m.spans)
		m.spans = append(m.spans, one)
	}
	for _, o := range orphans {
		m.noteLost(o)
	}
	for _, c := range shared {
		m.shared[c.SHA256] = append(m.shared[c.SHA256], c.Session)
	}
	slices.SortStableFunc(m.spans, func(a, b sessionSpan) int { return a.start.Compare(b.start) })
	for i, s := range m.spans {
		m.byID[s.id] = i
	}
	return m
}

// noteLost notes the session that an orphan is named after, if it is not known.
func (m *matcher) noteLost(o ledger.Orphan) {
	id := sessionIn(o)
	if id == "" {
		return
	}
	i, ok := m.byID[id]
	if ok && !m.spans[i].lost {
		return
	}
	if !ok {
		i = len(m.spans)
		m.byID[id] = i
		m.spans = append(m.spans, sessionSpan{id: id, lost: true})
	}
	s := &m.spans[i]
	for _, at := range append(moments(o), millisOf(id)...) {
		if s.start.IsZero() || at.Before(s.start) {
			s.start = at
		}
		if at.After(s.end) {
			s.end = at
		}
	}
}

// Belongs finds the sessions that an orphan may belong to, the best reason first.
func (m *matcher) Belongs(o ledger.Orphan) []Belong {
	list := []Belong{}
	add := func(i int, why string) {
		s := m.spans[i]
		known := slices.ContainsFunc(list, func(b Belong) bool { return b.ID == s.id })
		if !known && len(list) < maxBelong {
			list = append(list, Belong{s.id, s.name, why, s.lost})
		}
	}
	for _, id := range append([]string{sessionIn(o)}, wordsOf(o)...) {
		if i, ok := m.byID[id]; ok && id != "" {
			add(i, "its id stands in the name")
		}
	}
	for _, id := range m.shared[o.SHA256] {
		if i, ok := m.byID[id]; ok {
			add(i, "it has the same content")
		}
	}
	if len(list) == 0 {
		for _, at := range moments(o) {
			m.at(at, add)
		}
	}
	return list
}

// at gives the sessions that took place at a time, then those that had just ended, of
// each sort those that are there before the lost ones.
func (m *matcher) at(t time.Time, add func(i int, why string)) {
	var during, since [2][]int
	n, _ := slices.BinarySearchFunc(m.spans, t, func(s sessionSpan, t time.Time) int {
		if s.start.After(t) {
			return 1
		}
		return -1
	})
	for i := n - 1; i >= 0 && m.spans[i].start.Add(2*longest).After(t); i-- {
		s, tier := m.spans[i], 0
		if s.lost {
			tier = 1
		}
		switch {
		case s.start.IsZero():
		case !t.After(s.end):
			during[tier] = append(during[tier], i)
		case !t.After(s.end.Add(after)), s.lost && !t.After(s.end.Add(around)):
			since[tier] = append(since[tier], i)
		}
	}
	for tier := range during {
		for _, i := range during[tier] {
			add(i, "it took place at that time")
		}
		for _, i := range since[tier] {
			add(i, "it had just ended then")
		}
	}
}

// Between says when what is left of a lost session was made.
func (m *matcher) Between(id string) (from, to string) {
	s := m.spans[m.byID[id]]
	return rfc(s.start), rfc(s.end)
}

// namedAfter are the names that the app gave to the files of a session.
var namedAfter = []pattern.Pattern{
	pattern.Of(`^session-(.+)-\d{12,14}$`),
	pattern.Of(`^temp-audio-segment-(.+)-\d+$`),
	pattern.Of(`^audio-(.+)-(?:\d+|full)-\d{12,14}$`),
	pattern.Of(`^(\d{12,14}-[0-9a-z]+|[0-9a-f-]{32,36}|[\w-]{21})-(?:optimized|audio|merged)$`),
}

// sessionIn returns the id of the session that an orphan is named after; "" without one.
func sessionIn(o ledger.Orphan) string {
	for _, name := range []string{o.ID, names.Stem(LastPart(o.Name)), names.Stem(LastPart(o.Path))} {
		for _, r := range namedAfter {
			if m := r.FindStringSubmatch(name); m != nil {
				return m[1]
			}
		}
	}
	return ""
}

// wordsOf gives whatever in the names of an orphan may be an id: each part of it that
// begins and ends at a dash, an underscore, a dot or an end.
func wordsOf(o ledger.Orphan) (list []string) {
	for _, name := range []string{o.ID, o.Name, LastPart(o.Path)} {
		cuts := []int{-1}
		for i, r := range name {
			if strings.ContainsRune("-_. ", r) && len(cuts) < 12 {
				cuts = append(cuts, i)
			}
		}
		cuts = append(cuts, len(name))
		for i, from := range cuts {
			for _, to := range cuts[i+1:] {
				if to-from > 8 {
					list = append(list, name[from+1:to])
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}

// millisInName finds the times in epoch milliseconds that the app put into names.
var millisInName = pattern.Of(`(?:^|\D)(1\d{12})(?:\D|$)`)

// moments are the times at which an orphan may have been made.
func moments(o ledger.Orphan) []time.Time {
	var list []time.Time
	if t, err := o.CreatedAt.Time(); err == nil && !t.IsZero() {
		list = append(list, t)
	}
	for _, text := range []string{o.ID, o.Name, LastPart(o.Path)} {
		list = append(list, millisOf(text)...)
	}
	return list
}

// millisOf are the times that stand in a name, the last one first: an id of a session
// stands before the time of the file.
func millisOf(name string) (list []time.Time) {
	for _, m := range millisInName.FindAllStringSubmatch(name, 4) {
		if ms, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			list = append(list, time.UnixMilli(ms).UTC())
		}
	}
	slices.Reverse(list)
	return list
}
