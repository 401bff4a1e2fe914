package web_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

var large = flag.Bool("large", false, "measure pages of a store with 10,000 sessions and 100,000 notes")

// TestLarge measures the time to the first byte of the main pages in a large store, and how many pictures are made small
// in a second. It claims nothing: it prints, for who looks.
func TestLarge(t *testing.T) {
	if !*large {
		t.Skip("with -large")
	}
	dir := testdb.Dir(t)
	fillLarge(t, dir, 10_000, 100_000)
	s := enter(t, dir)
	s.get("/days")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for name, path := range map[string]func(i int) string{
		"day":     func(i int) string { return "/days?day=" + worldDay.AddDate(0, 0, -i*37%1000).Format(time.DateOnly) },
		"search":  func(i int) string { return "/search?q=" + url.QueryEscape(largeWords[i%len(largeWords)]) },
		"record":  func(i int) string { return fmt.Sprintf("/record?kind=sessions&id=s%05d", i*97%10_000) },
		"note":    func(i int) string { return fmt.Sprintf("/record?kind=notes&id=n%06d", i*977%100_000) },
		"browse":  func(int) string { return "/search?kind=notes" },
		"trash":   func(int) string { return "/trash" },
		"history": func(i int) string { return fmt.Sprintf("/history?kind=notes&id=n%06d", i*977%100_000) },
	} {
		var first []time.Duration
		for i := range 60 {
			first = append(first, s.firstByte(path(i)))
		}
		slices.Sort(first)
		t.Logf("%-8s first byte: median %v, p95 %v, slowest %v", name, first[30].Round(time.Millisecond), first[56].Round(time.Millisecond), first[59].Round(time.Millisecond))
	}
	runtime.ReadMemStats(&after)
	t.Logf("heap in use: %d MB before, %d MB after", before.HeapInuse>>20, after.HeapInuse>>20)
}

func (s *site) firstByte(path string) time.Duration {
	s.t.Helper()
	begun := time.Now()
	resp := s.ask(http.MethodGet, path, nil)
	defer resp.Body.Close()
	var one [1]byte
	if _, err := io.ReadFull(resp.Body, one[:]); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	took := time.Since(begun)
	_, _ = io.Copy(io.Discard, resp.Body)
	return took
}

var largeWords = []string{"basket", "delivery address", "quarterly report", "\"release desk\"", "colour*", "invoice -draft", "tag:t3 meeting"}

func fillLarge(t *testing.T, dir string, sessions, notes int) {
	t.Helper()
	ctx := repo.DeferIndex(context.Background())
	store, err := repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("basket delivery address quarterly report release desk colour invoice draft meeting shop checkout bank account payment lighthouse index search note plan week server latency")
	text := func(seed, n int) string {
		var b bytes.Buffer
		for i := range n {
			b.WriteString(words[(seed*31+i*7+i*i)%len(words)])
			b.WriteByte(' ')
		}
		return b.String()
	}
	when := func(i, of int) schema.Time {
		return schema.TimeOf(worldDay.Add(-time.Duration(i) * (1000 * 24 * time.Hour / time.Duration(of))))
	}
	var xs []*schema.Session
	for i := range sessions {
		x := &schema.Session{Head: schema.Head{ID: fmt.Sprintf("s%05d", i)}, Name: text(i, 4), Status: "completed", StartTime: when(i, sessions), Tags: []string{fmt.Sprintf("t%d", i%40)},
			Summary: schema.Document(fmt.Sprintf(`{"narrative":%q}`, text(i, 300)))}
		for j := range 30 {
			x.Screenshots = append(x.Screenshots, schema.Screenshot{Item: schema.Item{ID: fmt.Sprintf("p%d", j)}, SessionID: x.ID, Timestamp: x.StartTime, AttachmentID: "a", AnalysisStatus: "complete", AIAnalysis: schema.JSON(fmt.Sprintf(`{"summary":%q,"keyElements":["a","b"]}`, text(i+j, 45)))})
		}
		if xs = append(xs, x); len(xs) == 200 || i == sessions-1 {
			if err := store.Sessions.Save(ctx, xs...); err != nil {
				t.Fatal(err)
			}
			xs = nil
		}
	}
	var ns []*schema.Note
	for i := range notes {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprintf("n%06d", i)}, Title: text(i, 5), Summary: text(i, 5), Content: text(i, 40), Timestamp: when(i, notes), LastUpdated: when(i, notes), Source: "thought", Status: "approved", Tags: []string{fmt.Sprintf("t%d", i%40)}}
		if ns = append(ns, n); len(ns) == 2000 || i == notes-1 {
			if err := store.Notes.Save(ctx, ns...); err != nil {
				t.Fatal(err)
			}
			ns = nil
		}
	}
	if err := store.Index.Flush(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}
