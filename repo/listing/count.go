package listing

import (
	"context"
	"math"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Count tells how many entities a query asks for: what is kept, or what the records of
// its rarest filter are looked at for.
func (s *Selection) Count(ctx context.Context, x *sqlitedb.Tx) (int, error) {
	n, _, err := s.count(ctx, x, math.MaxInt64)
	return int(n), err
}

// recordsSQL gives the statement for the keys and dates of what is selected, in no order.
func (s *Selection) recordsSQL() (string, []any) {
	if s.isListed() {
		one := *s
		one.words.SQL, one.words.Few = strings.TrimPrefix(s.words.SQL, "+"), true
		return one.ownSQL("", nil, s.choices)
	}
	if s.fromRecords() {
		return s.ownSQL("", nil, s.choices)
	}
	g := s.choices[0]
	var arms []string
	var args []any
	if len(g.facets) > 0 {
		w := &where{Args: []any{rows.JSONList(g.pks())}}
		w.add("f.title IS NOT NULL")
		s.since(w, "f.date")
		s.until(w, "f.date")
		s.others(w, w.inLists(s.choices[1:], 4*g.records()), "f.owner_pk")
		distinct := "DISTINCT "
		if len(g.facets) == 1 || g.isStates() {
			distinct = ""
		}
		arms = append(arms, "SELECT "+distinct+"f.owner_pk AS pk, f.date AS date\nFROM json_each(?) AS j\nCROSS JOIN facet_rows AS f ON f.facet_pk = j.value"+w.SQL())
		args = w.Args
	}
	if len(g.named) > 0 {
		text, some := s.ownSQL("json_each(?) AS j\nCROSS JOIN ", []any{rows.JSONList(g.named)}, s.choices[1:])
		arms, args = append(arms, text), append(args, some...)
	}
	return strings.Join(arms, "\nUNION\n"), args
}

// inLists adds the conditions of choices of no more than most records as lists, which SQLite
// makes once, and gives the others. A look into a list takes a sixth of a look for a row of
// a facet, but each of its rows is read for it.
func (w *where) inLists(list []choice, most int64) (others []choice) {
	for _, c := range list {
		if len(c.named) > 0 || c.records() > most {
			others = append(others, c)
			continue
		}
		w.add("+f.owner_pk IN (SELECT p.owner_pk FROM facet_rows AS p WHERE p.facet_pk IN (SELECT value FROM json_each(?)) AND p.title IS NOT NULL)", rows.JSONList(c.pks()))
	}
	return others
}

// ownSQL gives the statement for those of some records, or of all, that are in these choices.
func (s *Selection) ownSQL(from string, args []any, choices []choice) (string, []any) {
	w, date := &where{Args: args}, "e."+s.r.Date
	if from != "" {
		w.add("e.pk = j.value")
	}
	w.add(s.live())
	if from != "" || s.words.Few {
		date = "+" + date
	}
	s.since(w, date)
	s.until(w, date)
	s.others(w, choices, "e.pk")
	return "SELECT e.pk AS pk, e." + s.r.Date + " AS date\nFROM " + from + s.r.Name + " AS e" + w.SQL(), w.Args
}

// isListed tells whether the words leave a list of records that is shorter than any other.
func (s *Selection) isListed() bool {
	n := s.words.Listed
	return n > 0 && (len(s.choices) == 0 || n <= s.choices[0].records())
}

func (s *Selection) timed() bool { return s.q.From != "" || s.q.To != "" }

// isEverything tells whether nothing is asked for but live or in the trash, a time, and
// what not.
func (s *Selection) isEverything() bool {
	return len(s.choices) == 0 || len(s.choices) == 1 && len(s.choices[0].facets) == 1 && s.choices[0].facets[0].Field == rows.FacetAll
}

// count counts what is selected if that is kept, or needs no more than most rows to be
// looked at.
func (s *Selection) count(ctx context.Context, x *sqlitedb.Tx, most int64) (n int64, ok bool, err error) {
	if err := s.lookUpOnce(ctx, x); err != nil || s.none {
		return 0, err == nil, err
	}
	if s.words.SQL == "" {
		every := s.isEverything()
		switch {
		case every && !s.timed():
			n, ok, err = s.countUnion(ctx, x, choice{facets: s.not}, most)
			return s.all - n, ok, err
		case every && len(s.not) == 0:
			n, err = s.countHours(ctx, x, math.MaxInt64, math.MaxInt64)
			return n, true, err
		case len(s.choices) == 1 && len(s.not) == 0 && !s.timed():
			return s.countUnion(ctx, x, s.choices[0], most)
		}
	}
	if cost, err := s.cost(ctx, x, most); err != nil || cost > most {
		return 0, false, err
	}
	text, args := s.recordsSQL()
	err = x.Get(ctx, &n, "SELECT count(*)\nFROM ("+text+") AS m", args...)
	return n, true, err
}

// cost is how many rows are looked at for all that is selected; above most it need not be true.
func (s *Selection) cost(ctx context.Context, x *sqlitedb.Tx, most int64) (int64, error) {
	n := s.all
	switch {
	case s.words.Few || most == math.MaxInt64:
		return 0, nil
	case s.isListed():
		return 0, nil // no more than fewMatches, which are looked up already
	case len(s.choices) > 0:
		n = s.choices[0].records()
	}
	if n <= most || !s.timed() {
		return n, nil
	}
	t, err := s.countHours(ctx, x, most+1, most+1) // each hour has a record
	return min(n, t), err
}

// countUnion counts the records that are in a group: of the greatest facet that is kept,
// the rows of the others are looked at.
func (s *Selection) countUnion(ctx context.Context, x *sqlitedb.Tx, g choice, most int64) (n int64, ok bool, err error) {
	if g.isStates() || len(g.facets)+len(g.named) == 0 {
		return g.records(), true, nil
	}
	before := choice{}
	for i, f := range g.facets {
		if i == 0 {
			n = f.Records
		} else {
			if most -= f.Records; most < 0 {
				return 0, false, nil
			}
			w := &where{}
			w.add("f.facet_pk = ?", f.PK)
			w.add("f.title IS NOT NULL")
			w.notIn(before.facets, "f.owner_pk")
			var more int64
			if err := x.Get(ctx, &more, "SELECT count(*)\nFROM facet_rows AS f"+w.SQL(), w.Args...); err != nil {
				return 0, false, err
			}
			n += more
		}
		before.facets = append(before.facets, f)
	}
	if len(g.named) == 0 {
		return n, true, nil
	}
	w := &where{Args: []any{rows.JSONList(g.named)}}
	w.notIn(before.facets, "j.value")
	var more int64
	err = x.Get(ctx, &more, "SELECT count(*)\nFROM json_each(?) AS j"+w.SQL(), w.Args...)
	return n + more, true, err
}

// hourLen is how much of a time names its hour.
const hourLen = len("2026-11-01T10")

// lastOfHour is after all that may follow an hour.
const lastOfHour = "\U0010FFFF"

func hourOf(at schema.Time) string { return string(at[:min(hourLen, len(at))]) }

// beginsHour tells whether a time is the first of its hour.
func beginsHour(at schema.Time) bool {
	return strings.Trim(string(at[min(hourLen, len(at)):]), ":0.Z") == ""
}

// countHours counts the records of the time asked for: of whole hours what is kept, of up
// to so many hours; of those at its ends up to so many rows each. An hour that the time
// begins with is whole, and one that it ends with has no rows.
func (s *Selection) countHours(ctx context.Context, x *sqlitedb.Tx, hours, ends int64) (n int64, err error) {
	from, to := string(s.q.From), string(s.q.To)
	if from != "" && to != "" && hourOf(s.q.From) >= hourOf(s.q.To) {
		return s.countBetween(ctx, x, from, to, ends)
	}
	w := &where{}
	w.add("t.kind = ?", s.r.Kind)
	w.add("t.field = '" + rows.FacetHour + "'")
	w.add("t.trash = ?", s.q.Trash)
	switch {
	case from != "" && beginsHour(s.q.From):
		w.add("t.value >= ?", hourOf(s.q.From))
		n, err = s.countBetween(ctx, x, hourOf(s.q.From), from, ends) // another program may date so
		n = -n
	case from != "":
		w.add("t.value > ?", hourOf(s.q.From))
		n, err = s.countBetween(ctx, x, from, hourOf(s.q.From)+lastOfHour, ends)
	}
	if err != nil {
		return 0, err
	}
	if to != "" {
		w.add("t.value < ?", hourOf(s.q.To))
		some, err := s.countBetween(ctx, x, hourOf(s.q.To), to, ends)
		if n += some; err != nil {
			return 0, err
		}
	}
	var whole int64
	err = x.Get(ctx, &whole, "SELECT coalesce(sum(h.records), 0)\nFROM (SELECT t.records FROM facets AS t"+w.SQL()+"\nLIMIT ?) AS h", append(w.Args, hours)...)
	return n + whole, err
}

// countBetween counts the records dated from a text on, before another, up to most.
func (s *Selection) countBetween(ctx context.Context, x *sqlitedb.Tx, from, to string, most int64) (n int64, err error) {
	date, among, args := "e."+s.r.Date, s.r.Name+" AS e\nWHERE e.trashed_at IS NULL", []any{}
	if s.q.Trash {
		date, among, args = "f.date", "facet_rows AS f\nWHERE f.facet_pk = ? AND f.title IS NOT NULL", []any{s.every}
	}
	err = x.Get(ctx, &n, "SELECT count(*)\nFROM (SELECT 1 FROM "+among+" AND "+date+" >= ? AND "+date+" < ?\nLIMIT ?)", append(args, from, to, most)...)
	return n, err
}

// chooseByTime decides how to make a page that is not in the order of time, of records of
// some time: to sort those costs the more the more they are, to go through all in order
// the less. Both cost the same where a page has as many times what is of the time as
// that has of all.
func (s *Selection) chooseByTime(ctx context.Context, x *sqlitedb.Tx) error {
	o, err := orderOf(s.r, s.q)
	if err != nil || !s.timed() || o.by == SortDate || s.words.InOrder || s.all == 0 {
		return nil // a wrong order is told where it is used
	}
	of := s.all
	if len(s.choices) > 0 {
		of = min(of, s.choices[0].records())
	}
	page := s.q.Limit
	if page <= 0 {
		page = DefaultLimit
	}
	steps := math.Sqrt(float64(page) * float64(of)) // that either way then takes
	most := steps * float64(s.all) / float64(max(of, 1))
	t, err := s.countHours(ctx, x, int64(most)+1, int64(steps)+1)
	s.byTime = float64(t) <= most
	return err
}
