package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
)

// question is one form of a query, for both.
type question struct {
	name  string
	text  string
	bleve query.Query
}

// questions ask for words that are common, and for such that are rarer.
func questions() []question {
	w := func(i int) string { return vocabulary[i] }
	match := func(words ...string) query.Query {
		all := make([]query.Query, len(words))
		for i, word := range words {
			q := bleve.NewMatchQuery(word)
			q.SetField("body")
			all[i] = q
		}
		return bleve.NewConjunctionQuery(all...)
	}
	prefix := bleve.NewPrefixQuery(w(700)[:4])
	prefix.SetField("body")
	phrase := bleve.NewMatchPhraseQuery(w(3) + " " + w(30))
	phrase.SetField("body")
	return []question{
		{"a common word", w(5), match(w(5))},
		{"one word", w(900), match(w(900))},
		{"two words", w(400) + " " + w(900), match(w(400), w(900))},
		{"three words", w(200) + " " + w(400) + " " + w(900), match(w(200), w(400), w(900))},
		{"a prefix", w(700)[:4] + "*", prefix},
		{"a phrase", `"` + w(3) + " " + w(30) + `"`, phrase},
	}
}

// benchSearch measures the search index beside Bleve's, over the same notes.
func benchSearch(ctx context.Context, e *env) error {
	n := e.size(50_000, 300)
	s, built, err := e.searchStore(ctx, n)
	if err != nil {
		return err
	}
	defer s.Close()
	other, theirs, err := e.bleveIndex(n)
	if err != nil {
		return err
	}
	defer other.Close()
	e.table.add(line{name: fmt.Sprintf("search index of %d notes made / Bleve", n), ours: []float64{built}, other: []float64{theirs}, unit: "s", goal: 0.1})
	if err := e.indexBytes(ctx, s, other); err != nil {
		return err
	}
	for _, q := range questions() {
		if err := e.ask(ctx, s, other, q); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	if err := e.inner(ctx, s); err != nil {
		return err
	}
	return e.complexQueries(ctx, s)
}

// searchStore fills a store as an import does, and gives how long the index took.
func (e *env) searchStore(ctx context.Context, n int) (*repo.Store, float64, error) {
	s, err := e.fresh(ctx)
	if err != nil {
		return nil, 0, err
	}
	later := repo.DeferIndex(ctx)
	for from := 0; from < n; from += 500 {
		if err := s.Notes.Save(later, notes(from, min(500, n-from))...); err != nil {
			return s, 0, err
		}
	}
	start := time.Now()
	err = s.Index.Flush(ctx, nil)
	return s, time.Since(start).Seconds(), err
}

func bleveMapping() *mapping.IndexMappingImpl {
	text := bleve.NewTextFieldMapping()
	text.Analyzer = "standard"
	date := bleve.NewDateTimeFieldMapping()
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("body", text)
	doc.AddFieldMappingsAt("date", date)
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	return m
}

// bleveIndex indexes the texts of the same notes.
func (e *env) bleveIndex(n int) (bleve.Index, float64, error) {
	index, err := bleve.New(filepath.Join(e.newDir(), "bleve"), bleveMapping())
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	for from := 0; from < n; from += 500 {
		batch := index.NewBatch()
		for _, v := range notes(from, min(500, n-from)) {
			at, err := v.Timestamp.Time()
			if err != nil {
				return index, 0, err
			}
			body := v.Content + "\n" + v.Summary + "\n" + v.Updates[0].Content + "\n" + v.Tags[0] + " " + v.Tags[1] + " " + v.Tags[2]
			if err := batch.Index(v.ID, map[string]any{"body": body, "date": at}); err != nil {
				return index, 0, err
			}
		}
		if err := index.Batch(batch); err != nil {
			return index, 0, err
		}
	}
	return index, time.Since(start).Seconds(), nil
}

func (e *env) indexBytes(ctx context.Context, s *repo.Store, other bleve.Index) error {
	db, err := handReader(s.Path())
	if err != nil {
		return err
	}
	defer db.Close()
	var ours, words float64
	if err := db.QueryRowContext(ctx, "SELECT sum(pgsize), sum(CASE WHEN name LIKE '%search_word%' THEN pgsize ELSE 0 END) FROM dbstat WHERE name LIKE '%search\\_%' ESCAPE '\\'").Scan(&ours, &words); err != nil {
		return err
	}
	var theirs float64
	err = filepath.Walk(other.Name(), func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			theirs += float64(info.Size())
		}
		return err
	})
	e.table.add(line{name: "  text and index on disk / Bleve", ours: []float64{ours}, other: []float64{theirs}, unit: "B", goal: 0.5})
	e.table.add(line{name: "  of it the list of words and their parts", ours: []float64{words}, unit: "B", noGoal: true})
	return err
}

// ask measures one question by each order.
func (e *env) ask(ctx context.Context, s *repo.Store, other bleve.Index, q question) error {
	for _, by := range []struct {
		rank     repo.Rank
		sort     string
		p50, p99 float64
	}{{repo.RankNewest, "-date", 1, 0}, {repo.RankRelevance, "-_score", 2.5, 1.3}} {
		ask := repo.Search{Query: repo.Query{Text: q.text}, Rank: by.rank}
		ours, theirs, err := e.latencies(
			func() error {
				p, err := s.Search(ctx, ask)
				if err == nil && len(p.Hits) == 0 {
					err = fmt.Errorf("%q finds nothing", q.text)
				}
				return err
			},
			func() error {
				r := bleve.NewSearchRequestOptions(q.bleve, repo.DefaultHits, 0, false)
				r.Highlight = bleve.NewHighlightWithStyle("html")
				r.SortBy([]string{by.sort})
				found, err := other.Search(r)
				if err == nil && found.Total == 0 {
					err = errors.New("the other engine finds nothing")
				}
				return err
			})
		if err != nil {
			return err
		}
		name := fmt.Sprintf("search %s, %s, p50 / Bleve with highlighting", q.name, by.rank)
		e.table.add(line{name: name, ours: ours.at(0.5), other: theirs.at(0.5), unit: "s", goal: by.p50})
		e.table.add(line{name: "  p99", ours: ours.at(0.99), other: theirs.at(0.99), unit: "s", goal: by.p99, noGoal: by.p99 == 0})
	}
	return nil
}

// rounds are the latencies of each round.
type rounds [][]float64

// at gives a percentile of each round.
func (r rounds) at(p float64) []float64 {
	list := make([]float64, len(r))
	for i, times := range r {
		slices.Sort(times)
		list[i] = times[min(int(p*float64(len(times))), len(times)-1)]
	}
	return list
}

func (e *env) latencies(ours, other func() error) (a, b rounds, err error) {
	calls := e.size(50, 3)
	many := func(into *rounds, fn func() error) func() (float64, error) {
		return func() (float64, error) {
			var times []float64
			for range calls {
				start := time.Now()
				if err := fn(); err != nil {
					return 0, err
				}
				times = append(times, time.Since(start).Seconds())
			}
			*into = append(*into, times)
			return 0, nil
		}
	}
	_, _, err = e.interleave(many(&a, ours), many(&b, other))
	return a, b, err
}

// inner measures the search for a part of a word.
func (e *env) inner(ctx context.Context, s *repo.Store) error {
	part := vocabulary[900]
	part = part[1:min(len(part), 6)]
	var a rounds
	for range e.rounds {
		var times []float64
		for range e.size(30, 3) {
			start := time.Now()
			if _, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: "*" + part + "*"}, Rank: repo.RankNewest}); err != nil {
				return err
			}
			times = append(times, time.Since(start).Seconds())
		}
		a = append(a, times)
	}
	e.table.add(line{name: "search a part inside of words, newest, p50", ours: a.at(0.5), unit: "s", noGoal: true})
	return nil
}

// complexQueries asks for a status, a tag, a time and words together, sorted and paged.
func (e *env) complexQueries(ctx context.Context, s *repo.Store) error {
	var a rounds
	for range e.rounds {
		var times []float64
		for i := range e.size(100, 5) {
			q := repo.Query{Status: []string{"approved"}, Tags: []string{vocabulary[i%40]}, From: moment(100), To: moment(49_000),
				Text: vocabulary[[]int{5, 200, 900, 2000}[i%4]], Sort: []repo.Sort{repo.SortDate, repo.SortTitle, "-updated"}[i%3], Limit: 50}
			start := time.Now()
			var page repo.Page[schema.Brief]
			page, err := s.Notes.List(ctx, q)
			if err != nil {
				return err
			}
			if q.After = page.Next; page.Next != "" {
				if _, err := s.Notes.List(ctx, q); err != nil {
					return err
				}
			}
			times = append(times, time.Since(start).Seconds()/2)
		}
		a = append(a, times)
	}
	e.table.add(line{name: "status, tag, time and words, sorted, a page: p50", ours: a.at(0.5), unit: "s", noGoal: true})
	e.table.add(line{name: "  p99", ours: a.at(0.99), unit: "s", goal: 0.03})
	return nil
}
