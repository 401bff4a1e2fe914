package web_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"golang.org/x/sync/errgroup"
)

var (
	large    = flag.Bool("large", false, "measure pages of a store with 10,000 sessions and 100,000 notes")
	largeDir = flag.String("large.store", "", "keep that store in this `directory`, and take the one that is there")
)

// TestLarge measures the time to the first byte of the main pages in a large store, and to the last, and the memory that
// they take. It claims nothing: it prints, for who looks.
func TestLarge(t *testing.T) {
	if !*large {
		t.Skip("with -large")
	}
	dir := *largeDir
	if dir == "" {
		dir = testdb.Dir(t)
	}
	if _, err := os.Stat(filepath.Join(dir, "store.db")); err != nil {
		fillLarge(t, dir, 10_000, 100_000)
	}
	s := enter(t, dir)
	s.get("/days")
	stop := watchMemory(t)
	defer stop()
	for _, page := range []struct {
		name string
		path func(i int) string
	}{
		{"day", func(i int) string { return "/days?day=" + worldDay.AddDate(0, 0, -i*37%1000).Format(time.DateOnly) }},
		{"search", func(i int) string { return "/search?q=" + url.QueryEscape(largeWords[i%len(largeWords)]) }},
		{"record", func(i int) string { return fmt.Sprintf("/record?kind=sessions&id=s%05d", i*97%10_000) }},
		{"note", func(i int) string { return fmt.Sprintf("/record?kind=notes&id=n%06d", i*977%100_000) }},
		{"browse", func(i int) string { return "/search?kind=" + []string{"notes", "sessions", ""}[i%3] }},
		{"trash", func(int) string { return "/trash" }},
		{"history", func(i int) string { return fmt.Sprintf("/history?kind=notes&id=n%06d", i*977%100_000) }},
	} {
		var first, last []time.Duration
		for i := range 200 {
			f, l := s.firstByte(page.path(i))
			first, last = append(first, f), append(last, l)
		}
		t.Logf("%-8s first byte: %s; last: %s", page.name, times(first), times(last))
	}
}

func times(list []time.Duration) string {
	slices.Sort(list)
	at := func(part int) time.Duration {
		return list[min(len(list)-1, len(list)*part/100)].Round(time.Millisecond / 10)
	}
	return fmt.Sprintf("median %v, p95 %v, slowest %v", at(50), at(95), at(100))
}

// watchMemory looks at the memory that is in use, and says in the end how far it was above what it was in the beginning.
func watchMemory(t *testing.T) (stop func()) {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	runtime.GC()
	base, most := inUse(), uint64(0)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			most = max(most, inUse())
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		t.Logf("memory: %d MB at first, at most %d MB more", base>>20, (max(most, base)-base)>>20)
	}
}

// TestThumbs measures how many pictures of a screen are made small in a second, asked for as a browser does: six at a time.
func TestThumbs(t *testing.T) {
	if !*large {
		t.Skip("with -large")
	}
	dir := world(t)
	store, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const shots = 180
	var sums []string
	for i := range shots {
		a, err := store.Contents.Attach(t.Context(), repo.Ref{Kind: "session", ID: "review"}, fmt.Sprintf("Large %d", i), bytes.NewReader(desktop(i)))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, a.Stored().Blob)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	s := enter(t, dir)
	s.get("/days")
	for _, what := range []string{"made", "kept"} {
		stop := watchMemory(t)
		begun := time.Now()
		var ask errgroup.Group
		ask.SetLimit(6)
		for _, sum := range sums {
			ask.Go(func() error {
				if code, body := s.do(http.MethodGet, "/thumb?sha="+sum, nil); code != http.StatusOK || len(body) < 1000 {
					return fmt.Errorf("%s: %d, %d bytes", sum, code, len(body))
				}
				return nil
			})
		}
		if err := ask.Wait(); err != nil {
			t.Fatal(err)
		}
		stop()
		t.Logf("%.0f small pictures a second, %s", shots/time.Since(begun).Seconds(), what)
	}
}

// desktop draws a screen of 1920 by 1080 as the app takes it: every second one is a PNG, the others are JPEG, and some of
// it is a photograph.
func desktop(i int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	r := rand.New(rand.NewPCG(uint64(i), 1))
	for y := range 1080 {
		for x := range 1920 {
			c := color.RGBA{245, 245, 245, 255}
			switch {
			case x > 1200 && y > 200 && y < 800:
				c = color.RGBA{uint8(x/8 + r.IntN(24)), uint8(y/5 + r.IntN(24)), uint8(100 + i + r.IntN(24)), 255}
			case y%24 < 12 && (x*7+y/24*13+i)%11 < 5:
				c = color.RGBA{40, 40, 40, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if i%2 == 0 {
		_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, m)
	} else {
		_ = jpeg.Encode(&out, m, &jpeg.Options{Quality: 85})
	}
	return out.Bytes()
}

// firstByte asks for a page, and tells when it began and when it was there.
func (s *site) firstByte(path string) (first, last time.Duration) {
	s.t.Helper()
	begun := time.Now()
	resp := s.ask(http.MethodGet, path, nil)
	defer resp.Body.Close()
	var one [1]byte
	if _, err := io.ReadFull(resp.Body, one[:]); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	first = time.Since(begun)
	_, _ = io.Copy(io.Discard, resp.Body)
	return first, time.Since(begun)
}

// largeWords are asked for: words that few texts have, many, and each.
var largeWords = []string{"basket", "delivery address", "quarterly report", "\"release desk\"", "colour*", "invoice -draft", "tag:t3 meeting", "always", "always basket", "n0*", "rare7", "bask"}

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
			if i%40 == 3 {
				b.WriteString("always ")
			}
		}
		if seed%1000 == 7 {
			fmt.Fprintf(&b, "rare%d", seed%10_000/1000)
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
