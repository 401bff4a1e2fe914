package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/blevesearch/bleve/v2"
)

// longSession gives a session of about 50 KB over one hour: 40 screenshots with what was found
// on them, 20 stretches of sound, a transcription, a summary and a canvas.
func longSession(i int) *schema.Session {
	r := source(i)
	s := session(i)
	s.Screenshots, s.AudioSegments = nil, nil
	start := moment(i)
	at := func(k, n int) schema.Time {
		t, err := start.Time()
		if err != nil {
			panic(err) // moment's own
		}
		return schema.TimeOf(t.Add(time.Duration(k) * time.Hour / time.Duration(n)))
	}
	for k := range 40 {
		s.Screenshots = append(s.Screenshots, schema.Screenshot{
			Item: schema.Item{ID: fmt.Sprintf("%s-shot-%d", s.ID, k)}, SessionID: s.ID, Timestamp: at(k, 40),
			AttachmentID: fmt.Sprintf("%s-att-%d", s.ID, k), AnalysisStatus: "complete", AIAnalysis: schema.JSON(document(r, 400))})
	}
	for k := range 20 {
		s.AudioSegments = append(s.AudioSegments, schema.AudioSegment{
			Item: schema.Item{ID: fmt.Sprintf("%s-sound-%d", s.ID, k)}, SessionID: s.ID, Timestamp: at(k, 20),
			Duration: 30, Transcription: prose(r, 300)})
	}
	s.Transcription = schema.Document(`"` + strings.ReplaceAll(prose(r, 12_000), "\n", " ") + `"`)
	return s
}

// benchMoments measures the search for moments of long sessions. Bleve has each session
// as one document, which is what somebody would write first: it finds sessions, not their moments.
func benchMoments(ctx context.Context, e *env) error {
	n := e.sessions()
	s, built, err := e.momentStore(ctx, n)
	if err != nil {
		return err
	}
	defer s.Close()
	other, theirs, err := e.sessionIndex(n)
	if err != nil {
		return err
	}
	defer other.Close()
	e.table.add(line{name: fmt.Sprintf("search index of %d sessions of 50 KB made / Bleve, a document each", n), ours: []float64{built}, other: []float64{theirs}, unit: "s", goal: 0.1})
	if err := e.indexBytes(ctx, s, other); err != nil {
		return err
	}
	for _, q := range questions() {
		if err := e.ask(ctx, s, other, q); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	if err := e.lazy(ctx, s, "10,000 sessions of 50 KB in full / their brief rows", 40); err != nil {
		return err
	}
	return e.complexSessions(ctx, s)
}

// momentStore fills a store with long sessions as an import does, and gives how long
// the index took.
func (e *env) momentStore(ctx context.Context, n int) (*repo.Store, float64, error) {
	s, err := e.fresh(ctx)
	if err != nil {
		return nil, 0, err
	}
	later := repo.DeferIndex(ctx)
	for from := 0; from < n; from += 50 {
		list := make([]*schema.Session, 0, 50)
		for i := from; i < min(from+50, n); i++ {
			list = append(list, longSession(i))
		}
		if err := s.Sessions.Save(later, list...); err != nil {
			return s, 0, err
		}
	}
	start := time.Now()
	err = s.Index.Flush(ctx, nil)
	return s, time.Since(start).Seconds(), err
}

// sessionIndex indexes the texts of the same sessions.
func (e *env) sessionIndex(n int) (bleve.Index, float64, error) {
	index, err := bleve.New(filepath.Join(e.newDir(), "bleve"), bleveMapping())
	if err != nil {
		return nil, 0, err
	}
	var took time.Duration
	for from := 0; from < n; from += 50 {
		batch := index.NewBatch()
		for i := from; i < min(from+50, n); i++ {
			v := longSession(i)
			at, err := v.StartTime.Time()
			if err != nil {
				return index, 0, err
			}
			doc := map[string]any{"body": sessionText(v), "date": at}
			start := time.Now()
			if err := batch.Index(v.ID, doc); err != nil {
				return index, 0, err
			}
			took += time.Since(start)
		}
		start := time.Now()
		if err := index.Batch(batch); err != nil {
			return index, 0, err
		}
		took += time.Since(start)
	}
	return index, took.Seconds(), nil
}

// sessionText is all that somebody said or saw in a session.
func sessionText(s *schema.Session) string {
	parts := []string{s.Name, s.Description, strings.Join(s.Tags, " "), string(s.Summary), string(s.Transcription)}
	for i := range s.Screenshots {
		parts = append(parts, string(s.Screenshots[i].AIAnalysis))
	}
	for i := range s.AudioSegments {
		parts = append(parts, s.AudioSegments[i].Transcription)
	}
	return strings.Join(parts, "\n")
}

// complexSessions is complexQueries for sessions, of whose texts many match.
func (e *env) complexSessions(ctx context.Context, s *repo.Store) error {
	r := rand.New(rand.NewPCG(5, 5))
	var a rounds
	for range e.rounds {
		var times []float64
		for i := range e.size(100, 5) {
			q := repo.Query{Status: []string{"completed"}, Tags: []string{vocabulary[r.IntN(40)]}, From: moment(100), To: moment(9_900),
				Text: vocabulary[[]int{5, 200, 900, 2000}[i%4]], Sort: []repo.Sort{repo.SortDate, repo.SortTitle, "-updated"}[i%3], Limit: 50}
			start := time.Now()
			if _, err := s.Sessions.List(ctx, q); err != nil {
				return err
			}
			times = append(times, time.Since(start).Seconds())
		}
		a = append(a, times)
	}
	e.table.add(line{name: "sessions by status, tag, time and words, sorted, a page: p50", ours: a.at(0.5), unit: "s", noGoal: true})
	e.table.add(line{name: "  p99", ours: a.at(0.99), unit: "s", goal: 0.03})
	return nil
}
