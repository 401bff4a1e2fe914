package listing

import (
	"context"
	"math"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// An estimate looks at no more than some rows: so many of the rarest filter, and so many
// records for words that very many texts have.
const (
	sampled       = 4000
	sampledFacets = 2000 // to look up the tags of a record takes as long as to count it
	sampledWords  = 240
)

// Estimate is Count within 20 ms, whatever the store holds: about tells that the
// number was estimated from a sample.
func (s *Selection) Estimate(ctx context.Context, x *sqlitedb.Tx) (n int, about bool, err error) {
	if s.words.Texts != nil {
		return s.estimateWords(ctx, x)
	}
	exact, ok, err := s.count(ctx, x, sampled)
	if err != nil || ok {
		return int(exact), false, err
	}
	total := 0.0
	err = s.eachSample(sampled, func(p sample) error {
		var found struct{ Looked, Passed int64 }
		text, args := p.countSQL()
		err := x.Get(ctx, &found, text, args...)
		total += p.of * float64(found.Passed) / float64(max(found.Looked, 1))
		return err
	})
	return int(math.Round(total)), true, err
}

// estimateWords looks at a sample of what the rest of the query leaves for the words.
func (s *Selection) estimateWords(ctx context.Context, x *sqlitedb.Tx) (int, bool, error) {
	tried, err := s.tryWords(ctx, x)
	total := 0.0
	for _, p := range tried {
		total += p.each * float64(len(p.pks))
	}
	return int(math.Round(total)), true, err
}

// triedWords are the records of a sample that have the words, each of which stands for so many.
type triedWords struct {
	pks  []int64
	each float64
}

// tryWords looks once for the words in a sample of what the rest of the query leaves.
func (s *Selection) tryWords(ctx context.Context, x *sqlitedb.Tx) ([]triedWords, error) {
	if s.tried != nil {
		return s.tried, nil
	}
	rest := *s
	rest.words = Words{}
	if err := rest.lookUpOnce(ctx, x); err != nil || rest.none {
		return nil, err
	}
	tried := []triedWords{}
	err := rest.eachSample(sampledWords, func(p sample) error {
		var list []struct {
			PK   int64
			Pass bool
		}
		text, args := p.rowsSQL()
		if err := x.Select(ctx, &list, "SELECT p.pk, p.pass\nFROM ("+text+") AS p", args...); err != nil {
			return err
		}
		one := triedWords{each: p.of / float64(max(len(list), 1))}
		for _, row := range list {
			if !row.Pass {
				continue
			}
			has, err := s.words.Texts.Has(ctx, x, s.r.Kind, row.PK)
			if err != nil {
				return err
			}
			if has {
				one.pks = append(one.pks, row.PK)
			}
		}
		tried = append(tried, one)
		return nil
	})
	s.tried = tried
	return tried, err
}

// EstimateBy is Estimate, and EstimateFacets by each of some facets, from one look at the words.
func (s *Selection) EstimateBy(ctx context.Context, x *sqlitedb.Tx, by ...Facet) (n int, lists map[Facet][]FacetCount, about bool, err error) {
	if n, about, err = s.Estimate(ctx, x); err != nil {
		return 0, nil, false, err
	}
	lists = map[Facet][]FacetCount{}
	for _, one := range by {
		list, more, err := s.EstimateFacets(ctx, x, one)
		if err != nil {
			return 0, nil, false, err
		}
		lists[one], about = list, about || more
	}
	return n, lists, about, nil
}

// EstimateFacets is Facets within 20 ms, whatever the store holds.
func (s *Selection) EstimateFacets(ctx context.Context, x *sqlitedb.Tx, by Facet) (list []FacetCount, about bool, err error) {
	f, err := s.facetBy(by)
	if err != nil {
		return nil, false, err
	}
	if s.words.Texts == nil {
		list, ok, err := s.facets(ctx, x, f, sampled)
		if err != nil || ok {
			return list, false, err
		}
		if f.rough = true; s.isKept() {
			list, _, err = s.facets(ctx, x, f, sampled)
			return list, true, err
		}
	}
	total := map[string]float64{}
	count := func(each float64, text string, args ...any) error {
		var found []FacetCount
		err := x.Select(ctx, &found, f.countSQL(s.r, text), args...)
		for _, one := range found {
			total[one.Value] += float64(one.Count) * each
		}
		return err
	}
	if s.words.Texts != nil {
		err = s.eachTried(ctx, x, count)
	} else {
		err = s.eachSample(sampledFacets, func(p sample) error {
			text, args := p.rowsSQL()
			return count(p.of/float64(p.looked()), "SELECT p.pk, p.date FROM ("+text+") AS p WHERE p.pass", args...)
		})
	}
	if err != nil {
		return nil, false, err
	}
	var found []FacetCount
	for value, n := range total {
		found = append(found, FacetCount{value, max(1, int64(math.Round(n)))})
	}
	f.rough = true
	list, _, err = s.listed(ctx, x, f, found, sampled)
	return list, true, err
}

// eachTried gives the records of a sample that have the words, and how many each stands for.
func (s *Selection) eachTried(ctx context.Context, x *sqlitedb.Tx, count func(each float64, text string, args ...any) error) error {
	tried, err := s.tryWords(ctx, x)
	if err != nil {
		return err
	}
	for _, p := range tried {
		if err := count(p.each, "SELECT e.pk AS pk, e."+s.r.Date+" AS date FROM json_each(?) AS j CROSS JOIN "+s.r.Name+" AS e ON e.pk = j.value", rows.JSONList(p.pks)); err != nil {
			return err
		}
	}
	return nil
}

// sample is some of the records of a list, from both ends of it in the order of titles,
// and which of them are selected.
type sample struct {
	from  string // FROM and WHERE
	args  []any
	key   keyed
	half  int64   // rows from each end
	of    float64 // records in the list
	conds *where  // over m(pk, date)
}

func (p sample) looked() int64 { return min(2*p.half, int64(p.of)) }

// rowsSQL gives the rows of the sample, with pass.
func (p sample) rowsSQL() (string, []any) {
	end := func(dir string) string {
		return "SELECT * FROM (SELECT " + p.key.pk + " AS pk, " + p.key.date + " AS date" + p.from + "\nORDER BY " + p.key.key + dir + ", " + p.key.pk + dir + "\nLIMIT ?)"
	}
	args := slices.Concat(p.conds.Args, p.args, []any{p.half}, p.args, []any{p.looked() - p.half})
	pass := "1"
	if len(p.conds.conds) > 0 {
		pass = strings.Join(p.conds.conds, " AND ")
	}
	return "SELECT m.pk AS pk, m.date AS date, " + pass + " AS pass\nFROM (" + end("") + "\nUNION ALL\n" + end(" DESC") + ") AS m", args
}

func (p sample) countSQL() (string, []any) {
	text, args := p.rowsSQL()
	return "SELECT count(*) AS looked, coalesce(sum(p.pass), 0) AS passed\nFROM (" + text + ") AS p", args
}

// eachSample gives a sample of each list of the rarest filter, n rows of all together. What
// is in a list before does not pass.
func (s *Selection) eachSample(n int64, fn func(sample) error) error {
	o := order{by: SortTitle}
	if s.fromRecords() {
		k := o.ofRecord(s.r)
		w := s.conds("m.pk", s.choices)
		return fn(sample{"\nFROM " + s.r.Name + " AS e\nWHERE " + s.live(), nil, k, n / 2, float64(s.all), w})
	}
	g := s.choices[0]
	for i, f := range g.facets {
		w := s.conds("m.pk", s.choices[1:])
		if i > 0 && !g.isStates() {
			w.notIn(g.facets[:i], "m.pk")
		}
		half := max(1, n*f.Records/(2*g.records()))
		err := fn(sample{"\nFROM facet_rows AS f\nWHERE f.facet_pk = ? AND f.title IS NOT NULL", []any{f.PK}, o.ofFacet(), half, float64(f.Records), w})
		if err != nil {
			return err
		}
	}
	if len(g.named) == 0 {
		return nil
	}
	w := s.conds("m.pk", s.choices[1:])
	w.notIn(g.facets, "m.pk")
	return fn(sample{"\nFROM json_each(?) AS j\nCROSS JOIN " + s.r.Name + " AS e ON e.pk = j.value", []any{rows.JSONList(g.named)}, o.ofRecord(s.r), max(1, n/2), float64(len(g.named)), w})
}

// conds are the conditions of the selection over m(pk, date).
func (s *Selection) conds(pk string, choices []choice) *where {
	w := &where{}
	s.since(w, "m.date")
	s.until(w, "m.date")
	s.others(w, choices, pk)
	return w
}
