package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	_ "embed"
)

//go:embed testdata/film.webm
var film []byte

// worldDir is a store of the sample and of what the sample has not: pictures worth looking at, sound, a film, a hostile
// note, a note that was changed, something in the trash, and a backup of before that. It is made once.
var worldDir = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "world-*")
	if err != nil {
		return "", err
	}
	store, err := repo.Open(context.Background(), dir, repo.Options{Now: func() time.Time { return worldDay.Add(3 * time.Hour) }})
	if err != nil {
		return "", err
	}
	defer store.Close()
	return dir, makeWorld(context.Background(), store, dir)
})

// world gives a copy of that store.
func world(t testing.TB) (dir string) {
	t.Helper()
	from, err := worldDir()
	if err != nil {
		t.Fatal(err)
	}
	dir = testdb.Dir(t)
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	endChrome()
	if dir, err := worldDir(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

var worldDay = time.Date(2025, 9, 12, 9, 0, 0, 0, time.Local)

func at(minutes float64) schema.Time {
	return schema.TimeOf(worldDay.Add(time.Duration(minutes * float64(time.Minute))))
}

const hostile = `<script>document.title="run"</script><img src=x onerror="document.title='run'"> [link](javascript:alert(1)) ` +
	`<style>body{display:none}</style><iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name=a></form></div></main><b>open`

// steps makes what is done one after the other, until something fails.
type steps struct {
	ctx   context.Context
	store *repo.Store
	err   error
}

func (s *steps) do(fn func() error) {
	if s.err == nil {
		s.err = fn()
	}
}

func (s *steps) attach(of repo.Ref, name string, content []byte) (a schema.Attachment) {
	s.do(func() (err error) {
		a, err = s.store.Contents.Attach(s.ctx, of, name, bytes.NewReader(content))
		return err
	})
	return a
}

func makeWorld(ctx context.Context, store *repo.Store, dir string) error {
	s := &steps{ctx: ctx, store: store}
	s.do(func() error {
		_, err := legacy.Import(ctx, store, filepath.Join("..", "..", "..", "..", "importexport", "legacy", "testdata", "sample"), legacy.Options{})
		return err
	})
	s.session()
	s.notes()
	s.do(func() error {
		_, _, err := recovery.Create(ctx, dir, recovery.CreateOptions{CreateOptions: backup.CreateOptions{Reason: backup.Manual}})
		return err
	})
	s.after()
	return s.err
}

// session is one with everything in it.
func (s *steps) session() {
	x := schema.Session{Head: schema.Head{ID: "review"}, Name: "Design review of the checkout", Description: "Walk through the new checkout with the shop, screen by screen.", Status: "completed",
		StartTime: at(0), EndTime: at(95), ScreenshotInterval: 2, EnableScreenshots: true, AudioRecording: true, Category: "Design", Tags: []string{"checkout", "lighthouse"},
		Summary: schema.Document(`{"narrative":"The checkout went from **five steps to three**. The shop wants the address first; payment stays last.","achievements":["Three steps instead of five","Guest checkout without a password"],` +
			`"blockers":["The bank's test account is still locked"],"focusAreas":[{"area":"checkout","duration":60,"percentage":63},{"area":"payment","duration":35,"percentage":37}]}`),
		Transcription: schema.Document(`"Let us begin with the basket. The address comes first, because the price of the delivery depends on it. Then the payment, and nothing after it."`)}
	s.do(func() error { return s.store.Sessions.Save(s.ctx, &x) })
	of := repo.Ref{Kind: "session", ID: "review"}
	seen := []string{"The basket with three articles", "The form of the address, empty", "The same form with an error below the postcode", "The choice of the delivery", "The payment, with the sum", "Chat with the shop about the colours"}
	var shots []*schema.Screenshot
	for i := range 14 {
		a := s.attach(of, fmt.Sprintf("Screenshot %02d.png", i+1), screen(i))
		shots = append(shots, &schema.Screenshot{Item: schema.Item{ID: fmt.Sprintf("shot%02d", i)}, SessionID: "review", Timestamp: at(2 + 6.5*float64(i)), AttachmentID: a.ID, AnalysisStatus: "complete",
			AIAnalysis: schema.JSON(fmt.Sprintf(`{"summary":%q,"detectedActivity":"design","keyElements":["form","button","price"],"confidence":0.9}`, seen[i%len(seen)]))})
	}
	shots[3].UserComment = "Ask whether parcels to islands cost more"
	shots[6].AttachmentID = "nowhere"
	s.do(func() error { return s.store.Sessions.Screenshots.Add(s.ctx, "review", shots...) })
	sound := s.attach(of, "Basket.wav", tone(3))
	s.do(func() error {
		return s.store.Sessions.AudioSegments.Add(s.ctx, "review", &schema.AudioSegment{Item: schema.Item{ID: "said1"}, SessionID: "review", Timestamp: at(4), Duration: 3, AttachmentID: sound.ID,
			Transcription: "The address comes first, because the price of the delivery depends on it."})
	})
	s.do(func() error {
		return s.store.Sessions.ContextItems.Add(s.ctx, "review", &schema.ContextItem{Item: schema.Item{ID: "mark1"}, SessionID: "review", Timestamp: at(30), Type: "marker", Content: "Decision: guest checkout"})
	})
	video := s.attach(of, "Review.webm", film)
	s.do(func() error {
		_, err := s.store.Sessions.Modify(s.ctx, "review", func(x *schema.Session) error {
			x.Video = &schema.Video{Item: schema.Item{ID: "video"}, SessionID: "review", Duration: 12, ChunkingStatus: "complete", FullVideoID: video.ID, Chapters: []schema.VideoChapter{
				{Item: schema.Item{ID: "c1"}, SessionID: "review", StartTime: 0, EndTime: 6, Title: "Basket", CreatedAt: at(95)}, {Item: schema.Item{ID: "c2"}, SessionID: "review", StartTime: 7, EndTime: 12, Title: "Payment", CreatedAt: at(95)}}}
			return nil
		})
		return err
	})
}

func (s *steps) notes() {
	note := func(id string, minute float64, title, content string, tags ...string) {
		n := schema.Note{Head: schema.Head{ID: id}, Title: title, Summary: title, Content: content, Timestamp: at(minute), LastUpdated: at(minute), Source: "thought", Status: "approved", Tags: tags}
		s.do(func() error { return s.store.Notes.Save(s.ctx, &n) })
	}
	note("plan", 110, "What is left for the checkout", "## Before Friday\n\n- [x] Address first\n- [ ] Ask the bank for the **test account**\n- [ ] Colours: see [the guide](https://example.org/guide)\n\n| Step | Who |\n|---|---|\n| Basket | Ada |\n| Payment | Lin |\n\n> Nothing after the payment.\n\n```go\nfmt.Println(\"three steps\")\n```\n\n![a chart](https://example.org/chart.png)", "checkout")
	note("hostile", 120, `"><script>document.title="run"</script>`, hostile, `"><b>tag`, "checkout")
	note("gone", 130, "Numbers of the old shop", "The old shop had 1,240 orders in August.", "numbers")
	note("changed", 140, "Opening hours", "The shop opens at nine and closes at six.", "shop")
	task := schema.Task{Head: schema.Head{ID: "bank"}, Title: "Ask the bank for the test account", Priority: "high", Status: "todo", CreatedBy: "manual", CreatedAt: at(100), DueDate: "2025-09-12", DueTime: "16:00", Description: "They promised it for *Thursday*.", Tags: []string{"checkout"},
		Subtasks: []schema.Subtask{{Item: schema.Item{ID: "a"}, Title: "Find the number", Done: true, CreatedAt: at(100)}, {Item: schema.Item{ID: "b"}, Title: "Call", CreatedAt: at(100)}}}
	s.do(func() error { return s.store.Tasks.Save(s.ctx, &task) })
	of := repo.Ref{Kind: "note", ID: "hostile"}
	s.attach(of, `a"b'c<d>.svg`, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>top.document.title="run"</script></svg>`))
	s.attach(of, "page.html", []byte("<!DOCTYPE html><html><body><script>document.title='run'</script></body></html>"))
	s.attach(of, "notes.txt", []byte("a plain text\nof two lines\n"))
}

// after is what happened since the backup.
func (s *steps) after() {
	s.do(func() error {
		_, err := s.store.Notes.Modify(s.ctx, "changed", func(n *schema.Note) error {
			n.Content = "The shop opens at ten and closes at eight, but for Sundays."
			return nil
		})
		return err
	})
	s.do(func() error { return s.store.Notes.Delete(s.ctx, "gone") })
	s.do(func() error {
		return s.store.Tasks.Save(s.ctx, &schema.Task{Head: schema.Head{ID: "newer"}, Title: "Tell the shop when it opens", Priority: "medium", Status: "todo", CreatedBy: "manual", CreatedAt: at(150)})
	})
}

// screen draws what could be a window of the shop.
func screen(i int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 960, 600))
	fill := func(x, y, w, h int, c color.RGBA) {
		for py := y; py < y+h; py++ {
			for px := x; px < x+w; px++ {
				m.SetRGBA(px, py, c)
			}
		}
	}
	grey := func(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }
	accent := color.RGBA{uint8(40 + 13*i), uint8(120 - 6*i), uint8(160 + 5*i), 255}
	fill(0, 0, 960, 600, grey(246))
	fill(0, 0, 960, 54, accent)
	fill(24, 18, 160, 18, grey(255))
	for row := range 3 + i%4 {
		fill(60, 100+row*86, 520, 66, grey(255))
		fill(76, 116+row*86, 90+37*(row+i)%300, 12, grey(120))
		fill(76, 138+row*86, 300, 10, grey(205))
	}
	fill(640, 100, 260, 240+20*(i%5), grey(255))
	fill(660, 124, 120, 14, grey(90))
	fill(660, 260, 220, 44, accent)
	var out bytes.Buffer
	_ = png.Encode(&out, m)
	return out.Bytes()
}

// tone is a WAV of so many seconds.
func tone(seconds int) []byte {
	const rate = 8000
	samples := make([]byte, rate*seconds)
	for i := range samples {
		samples[i] = byte(128 + 40*(i/9%2))
	}
	var out bytes.Buffer
	out.WriteString("RIFF")
	for _, v := range []any{uint32(36 + len(samples)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8), []byte("data"), uint32(len(samples)), samples} {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	return out.Bytes()
}
