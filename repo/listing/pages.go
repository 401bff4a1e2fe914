package listing

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Statement is SQL with its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// PageSQL gives the statements for the rows after c, or before it: where one gives less
// than the page wants, the next one goes on.
func (s *Selection) PageSQL(c At, back bool, limit int) (list []Statement, err error) {
	o, err := orderOf(s.r, s.q)
	if err != nil {
		return nil, err
	}
	if back {
		o.desc = !o.desc
	}
	if s.everything(o, c, limit) {
		text, args := s.everythingSQL(o, limit)
		return []Statement{{text, args}}, nil
	}
	for _, st := range s.stretches(o, c, back) {
		if !s.timeless(o, st) {
			text, args := s.stretchSQL(o, st, limit)
			list = append(list, Statement{text, args})
		}
	}
	return list, nil
}

// RecordsSQL gives the statement for the keys of all that is selected.
func (s *Selection) RecordsSQL() Statement {
	text, args := s.recordsSQL()
	return Statement{text, args}
}

// PassingSQL gives the statement for those of some records that are selected.
func (s *Selection) PassingSQL(pks []int64) Statement {
	text, args := s.passingSQL(pks)
	return Statement{text, args}
}

// stretchSQL gives the statement for the brief rows of a stretch of an order: from the
// records' own indexes, where nothing but a time is asked for, or words that few have;
// else from the index of the rarest facet.
func (s *Selection) stretchSQL(o order, st stretch, limit int) (string, []any) {
	if s.fromRecords() {
		k := o.ofRecord(s.r)
		w := &where{}
		w.add(s.live())
		s.place(w, o, &k, st)
		s.others(w, s.choices, k.pk)
		return s.briefSQL(o) + w.SQL() + o.sorted(k, st) + "\nLIMIT ?", append(w.Args, limit)
	}
	var text string
	var args []any
	first := s.choices[0]
	if len(first.facets) == 1 && len(first.named) == 0 {
		text, args = s.facetSQL("?", o, st)
		text, args = "SELECT f.owner_pk, "+o.ofFacet().key+" AS sort_key"+text+"\nLIMIT ?", append([]any{first.facets[0].PK}, append(args, limit)...)
	} else {
		text, args = s.groupSQL(o, st, limit)
	}
	columns := strings.TrimSuffix(s.r.SQL.Brief, "\nFROM "+s.r.Name+" AS e")
	return columns + "\nFROM (" + text + ") AS f\nCROSS JOIN " + s.r.Name + " AS e ON e.pk = f.owner_pk" + o.sorted(o.ofSubquery("f"), st), args
}

// briefSQL is the beginning of a statement for brief rows that is to say whether they are
// live. Where they are, it is without columns of which the values are known then, or not
// needed: to look for those of a row takes SQLite a third of its time.
func (s *Selection) briefSQL(o order) string {
	if s.q.Trash || o.by == SortSaved {
		return s.r.SQL.Brief
	}
	return s.r.SQL.BriefLive
}

// stretches are those of an order. Words that very many texts have make a list for each
// statement, so that fewer are better than some rows that are stepped over.
func (s *Selection) stretches(o order, c At, back bool) []stretch {
	return o.stretches(c, back, !s.fromRecords() || s.words.SQL != "")
}

// fromRecords tells whether the records are found without a facet.
func (s *Selection) fromRecords() bool { return len(s.choices) == 0 || s.words.Few }

// facetSQL walks a facet, but for its columns and its limit.
func (s *Selection) facetSQL(facet string, o order, st stretch) (string, []any) {
	k := o.ofFacet()
	w := &where{}
	w.add("f.facet_pk = " + facet)
	w.add("f.title IS NOT NULL") // as the indexes are
	s.place(w, o, &k, st)
	s.others(w, s.choices[1:], k.pk)
	return "\nFROM facet_rows AS f" + w.SQL() + o.sorted(k, st), w.Args
}

// groupSQL walks each facet of the rarest group, and takes the first of what it has found;
// those that are named at other ends are few, and sorted.
func (s *Selection) groupSQL(o order, st stretch, limit int) (string, []any) {
	g := s.choices[0]
	var arms []string
	var args []any
	if len(g.facets) > 0 {
		walk, some := s.facetSQL("j.value", o, st)
		arms = append(arms, "SELECT f.owner_pk, "+o.ofFacet().key+" AS sort_key\nFROM json_each(?) AS j\nCROSS JOIN facet_rows AS f ON f.facet_pk = j.value AND f.owner_pk IN (SELECT f.owner_pk"+
			walk+"\nLIMIT ?)")
		args = append(append(append(args, rows.JSONList(g.pks())), some...), limit)
	}
	if len(g.named) > 0 {
		k := o.ofRecord(s.r)
		k.plus = "+"
		w := &where{Args: []any{rows.JSONList(g.named)}}
		s.place(w, o, &k, st)
		s.others(w, s.choices[1:], k.pk)
		arms = append(arms, "SELECT e.pk AS owner_pk, "+k.key+" AS sort_key\nFROM json_each(?) AS j\nCROSS JOIN "+s.r.Name+" AS e ON e.pk = j.value"+w.SQL())
		args = append(args, w.Args...)
	}
	return "SELECT DISTINCT u.owner_pk, u.sort_key\nFROM (" + strings.Join(arms, "\nUNION ALL\n") + ") AS u" + o.sorted(o.ofSubquery("u"), st) + "\nLIMIT ?", append(args, limit)
}

// place adds the conditions of a stretch and of the time. What bounds the stretch already
// must not be what SQLite seeks by.
func (s *Selection) place(w *where, o order, k *keyed, st stretch) {
	from, to := k.date, k.date
	switch {
	case s.words.Few:
		k.plus, from, to = "+", "+"+from, "+"+to
	case o.by != SortDate && s.byTime:
		k.plus = "+"
	case o.by != SortDate:
		from, to = "+"+from, "+"+to
	case st.of == pastRow && o.desc, st.of == pastKey && o.desc:
		to = "+" + to
	case st.of == pastRow, st.of == pastKey:
		from = "+" + from
	case st.of == sameKey:
		from, to = "+"+from, "+"+to
	}
	s.since(w, from)
	s.until(w, to)
	o.within(w, *k, st)
}

// timeless tells whether a stretch has no record, since a time is asked for.
func (s *Selection) timeless(o order, st stretch) bool {
	return (s.q.From != "" || s.q.To != "") && o.by == SortDate && (st.of == noKeys || st.of == pastNo)
}

// limit checks a page's size.
func limitOf(r *rows.Relation, q Query) (int, error) {
	if q.Limit < 0 {
		return 0, &schema.InvalidError{Kind: r.Kind, Field: "limit", Problem: fmt.Sprintf("%d is negative", q.Limit)}
	}
	if q.Limit == 0 {
		return DefaultLimit, nil
	}
	return min(q.Limit, math.MaxInt32), nil
}

// Cursors is where a page is.
type Cursors struct{ Prev, Next Cursor }

// Page reads one page of brief rows, and the cursors beside it for the query that was asked:
// with its text, of which the selection has the filters and the words.
func (s *Selection) Page(ctx context.Context, x *sqlitedb.Tx, asked Query) ([]schema.Brief, Cursors, error) {
	n, err := limitOf(s.r, asked)
	if err != nil {
		return nil, Cursors{}, err
	}
	c, err := cursorOf(s.r, asked)
	if err != nil {
		return nil, Cursors{}, err
	}
	back := asked.Before != ""
	found, err := s.Briefs(ctx, x, c, n+1, back) // one more tells whether this is the end
	if err != nil {
		return nil, Cursors{}, err
	}
	more := len(found.Rows) > n
	result := found.Rows[:min(n, len(found.Rows))]
	if len(result) == 0 {
		return []schema.Brief{}, Cursors{}, nil
	}
	cursorOf := func(i int) Cursor {
		c := found.At(i)
		c.Query = signOf(s.r, asked)
		return c.text()
	}
	first, last := 0, len(result)-1
	if back {
		first, last = last, first
	}
	var at Cursors
	if back || more {
		at.Next = cursorOf(last)
	}
	if asked.After != "" || back && more {
		at.Prev = cursorOf(first)
	}
	if back {
		slices.Reverse(result)
	}
	return result, at, nil
}
