package postings

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"taskstore/fts"
)

// The constants of BM25, as FTS5 has them.
const (
	bmK, bmB = 1.2, 0.75
	leastIDF = 1e-6
)

const sqlSizes = "SELECT d.id, d.sz\nFROM json_each(?) AS j\nCROSS JOIN search_docsize AS d ON d.id = j.value"

// Querier runs a question inside a transaction of the caller. Rows must be closed before
// the same text runs again.
type Querier interface {
	Query(ctx context.Context, text string, args ...any) (Rows, error)
}

// Rows are what a query gives, such as *sql.Rows.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Text is a text that FTS5 has found.
type Text struct {
	PK    int64
	Sizes []byte  // how many words each column has, as search_docsize has it; nil is not known
	Begun float64 // how often it has words that begin as very many do, by weight
	Score float64
}

// ErrUnknown says that the tables are not of the form that is known here, or that a word was not
// found in a text in which FTS5 has found it.
var ErrUnknown = errors.New("the search index has another format than version 4 of FTS5's")

// Scores gives texts their relevance, which is BM25 over the words of the query: how often
// each is in the text, how long that is, and how rare the word. A phrase counts as
// rare as its rarest word, and the beginning of a word as common as all words that begin so.
//
// share is how much of all matches the list can be expected to be, if it is the newest of them:
// as much as of the texts that have the rarest word. It is 0 when that is not known. What FTS5
// holds in memory must have been written. With ErrUnknown the scores mean nothing.
func Scores(ctx context.Context, c Querier, w fts.Words, list []Text) (share float64, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	s := &scoring{c: c, list: make([]*Text, len(list))}
	for i := range list {
		s.list[i] = &list[i]
	}
	slices.SortFunc(s.list, func(a, b *Text) int { return cmp.Compare(a.PK, b.PK) })
	for _, t := range s.list {
		s.pks = append(s.pks, t.PK)
	}
	err = s.all(ctx, w)
	return s.share, err
}

// scoring is the work of Scores.
type scoring struct {
	c    Querier
	list []*Text // the least key first
	pks  []int64 // of these
	facts
	rarest float64 // texts that have the rarest word
	share  float64 // of them those that are as new as the list
}

// all gives each text its score. Each clause must be in each text, as FTS5 has found it.
func (s *scoring) all(ctx context.Context, w fts.Words) (err error) {
	if s.facts, err = readFacts(ctx, s.c); err != nil {
		return err
	}
	if err := s.sizes(ctx); err != nil {
		return err
	}
	s.rarest = math.Inf(1)
	for _, f := range s.list {
		f.Score = leastIDF * s.bm25(f, f.Begun)
	}
	for _, c := range w {
		found, err := s.clause(ctx, c)
		if err != nil {
			return err
		}
		if slices.Contains(found, false) {
			return ErrUnknown
		}
	}
	return nil
}

// sizes reads how long the texts are, where the caller does not know.
func (s *scoring) sizes(ctx context.Context) error {
	var lack []int64
	byKey := map[int64]*Text{}
	for _, f := range s.list {
		if f.Sizes == nil {
			lack = append(lack, f.PK)
			byKey[f.PK] = f
		}
	}
	if len(lack) == 0 {
		return nil
	}
	asked, err := json.Marshal(lack)
	if err != nil {
		return err
	}
	rows, err := s.c.Query(ctx, sqlSizes, string(asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var pk int64
		var sizes []byte
		if err := rows.Scan(&pk, &sizes); err != nil {
			return err
		}
		byKey[pk].Sizes = sizes
	}
	return errors.Join(rows.Err(), rows.Close())
}

// length gives how much longer than the average a text is.
func (s *scoring) length(f *Text) float64 {
	words := 0.0
	for r := (reader{data: f.Sizes}); len(r.data) > 0; {
		words += float64(r.next())
	}
	return words / s.average
}

// bm25 is what a word that a text has n times counts, whatever word it is.
func (s *scoring) bm25(f *Text, n float64) float64 {
	if n == 0 {
		return 0
	}
	return n * (bmK + 1) / (n + bmK*(1-bmB+bmB*s.length(f)))
}

// clause adds the score of a clause, and tells which texts have it.
func (s *scoring) clause(ctx context.Context, c fts.ClauseWords) ([]bool, error) {
	any := make([]bool, len(s.list))
	for _, term := range c {
		all := slices.Repeat([]bool{true}, len(s.list))
		for _, piece := range term {
			one := make([]bool, len(s.list))
			for _, p := range piece {
				if err := s.phrase(ctx, p, one); err != nil {
					return nil, err
				}
			}
			for i := range all {
				all[i] = all[i] && one[i]
			}
		}
		for i := range any {
			any[i] = any[i] || all[i]
		}
	}
	return any, nil
}

// phrase adds the score of a phrase, and notes the texts that have it in found.
func (s *scoring) phrase(ctx context.Context, p fts.Phrase, found []bool) error {
	if len(p.Words) == 0 {
		return nil
	}
	rarest := s.texts
	words := make([]*hits, len(p.Words))
	for i, word := range p.Words {
		h := newHits(s.list, p.Columns)
		if words[i] = h; len(p.Words) > 1 {
			h.places = make([]map[place]bool, len(s.list))
		}
		n, err := eachPosting(ctx, s.c, s.facts, word, p.Open && i == len(p.Words)-1, s.pks, h)
		if err != nil {
			return err
		}
		rarest = min(rarest, n.all)
		if n.all > 0 && n.all < s.rarest {
			s.rarest, s.share = n.all, (float64(h.some)+n.unread)/n.all
		}
	}
	times := words[0].times
	if len(words) > 1 {
		times = together(words)
	}
	rare := max(math.Log((s.texts-rarest+0.5)/(rarest+0.5)), leastIDF)
	for i, n := range times {
		if n > 0 {
			found[i] = true
			f := s.list[i]
			f.Score += rare * s.bm25(f, n)
		}
	}
	return nil
}

// Statements are those that Scores runs, for a test of their plans.
func Statements() []string {
	return []string{sqlFormat, sqlFacts, sqlRanges, sqlLeaf, sqlLeaves, sqlSizes}
}
