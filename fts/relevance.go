package fts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
)

// The constants of BM25, as FTS5 has them.
const (
	bmK, bmB = 1.2, 0.75
	leastIDF = 1e-6
)

const (
	sqlSizes  = "SELECT d.id, d.sz\nFROM json_each(?) AS j\nCROSS JOIN search_docsize AS d ON d.id = j.value"
	sqlScores = `SELECT rowid, -bm25(search, 6.0, 1.0, 4.0, 0.7, 0.0)
FROM search
WHERE search MATCH ? AND rowid BETWEEN ? AND ?
  AND +rowid IN (SELECT value FROM json_each(?))`
)

// Scores gives matches their relevance, which is BM25 over the words of the query: how often
// each is in the text, how long that is, and how rare the word. A phrase counts as
// rare as its rarest word, and the beginning of a word as common as all words that begin so.
//
// share is how much of all matches the list can be expected to be, if it is the newest of them:
// as much as of the texts that have the rarest word. It is 0 when that is not known. What FTS5 holds in memory must have been written.
func Scores(ctx context.Context, c Conn, m Match, w Words, list []Found) (share float64, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	s := &scoring{c: c, list: make([]*Found, len(list))}
	for i := range list {
		s.list[i] = &list[i]
	}
	slices.SortFunc(s.list, func(a, b *Found) int { return cmp.Compare(a.PK, b.PK) })
	ok, err := s.all(ctx, w)
	if errors.Is(err, errFormat) || err == nil && !ok {
		return 0, scoresOfFTS5(ctx, c, m, list)
	}
	return s.share, err
}

// scoring is the work of Scores.
type scoring struct {
	c    Conn
	list []*Found // the least key first
	facts
	rarest float64 // texts that have the rarest word
	share  float64 // of them those that are as new as the list
}

// all gives each text its score. ok says that each clause was found in each text, as FTS5
// has found it.
func (s *scoring) all(ctx context.Context, w Words) (ok bool, err error) {
	if s.facts, err = readFacts(ctx, s.c); err != nil {
		return false, err
	}
	if err := s.sizes(ctx); err != nil {
		return false, err
	}
	s.rarest = math.Inf(1)
	for _, f := range s.list {
		f.Score = 0
	}
	for _, c := range w {
		found, err := s.clause(ctx, c)
		if err != nil || slices.Contains(found, false) {
			return false, err
		}
	}
	return true, nil
}

// sizes reads how long the texts are, where Newest has not done so.
func (s *scoring) sizes(ctx context.Context) error {
	var lack []int64
	byKey := map[int64]*Found{}
	for _, f := range s.list {
		if f.sizes == nil {
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
		byKey[pk].sizes = sizes
	}
	return errors.Join(rows.Err(), rows.Close())
}

// length gives how much longer than the average a text is.
func (s *scoring) length(f *Found) float64 {
	words := 0.0
	for r := (reader{data: f.sizes}); len(r.data) > 0; {
		words += float64(r.next())
	}
	return words / s.average
}

// clause adds the score of a clause, and tells which texts have it.
func (s *scoring) clause(ctx context.Context, c ClauseWords) ([]bool, error) {
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
func (s *scoring) phrase(ctx context.Context, p Phrase, found []bool) error {
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
		n, err := eachPosting(ctx, s.c, s.facts, word, p.Open && i == len(p.Words)-1, s.list[0].PK, h)
		if err != nil {
			return err
		}
		rarest = min(rarest, n)
		if n > 0 && n < s.rarest {
			s.rarest, s.share = n, float64(h.some)/n
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
			f.Score += rare * n * (bmK + 1) / (n + bmK*(1-bmB+bmB*s.length(f)))
		}
	}
	return nil
}

// scoresOfFTS5 is Scores by FTS5's own means. It runs through all matches between the
// first and the last of these, and ranks these.
func scoresOfFTS5(ctx context.Context, c Conn, m Match, list []Found) error {
	at := make(map[int64]*Found, len(list))
	for i := range list {
		at[list[i].PK] = &list[i]
	}
	r, pks, err := keysOf(list)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, sqlScores, string(m), r.From, r.To, pks)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var pk int64
		var score float64
		if err := errors.Join(ctx.Err(), rows.Scan(&pk, &score)); err != nil {
			return err
		}
		at[pk].Score = score
	}
	return errors.Join(rows.Err(), rows.Close())
}
