package growth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

// Shape is a way in which a store can be large.
type Shape struct {
	Name string
	Says string // of what there are N
	Part int    // of the sizes that are asked for it takes a part: one of so many
	Ops  []Op
	fill func(context.Context, *world) error
}

// Op is something that a user waits for.
type Op struct {
	Name  string
	Group string // which of the plots it is in
	Reads string // what it reads that grows with the store, and why it need not be flat; "" it must be
	From  int    // from which size on it must be flat: below that it looks at all that matches, of which there are few
	run   func(ctx context.Context, w *world, i int) error
}

// The groups of operations.
const (
	searching = "searching"
	listing   = "listing"
	counting  = "counting"
	reading   = "reading"
	writing   = "writing"
)

// Why an operation need not be flat.
const (
	readsAll = "reads all"
	byHours  = "by hours" // it adds up what is kept of each hour that has something
)

// From these sizes on searches that look at no more than some texts look at no more.
const (
	someTexts = 20_000  // up to 1,000 that have all words, or 8,000 that have one which half of them have
	allTotals = 50_000  // 20,000 that are counted for a total
	tagTotals = 300_000 // likewise of a seventh
)

// world is a store with n of something in it.
type world struct {
	s    *repo.Store
	n    int
	page int // rows of a page
	made int // by operations that make new things
}

// Shapes gives all shapes, in the order of the table.
func Shapes() []Shape {
	return []Shape{
		{"notes", "notes of 60 words, each with one of 100 tags, one of 7, one of 3 states and a link to one of 100 topics", 1, noteOps(), fillNotes},
		{"sessions", "sessions of 15 KB with ten screenshots and five stretches of sound", 10, sessionOps(), fillSessions},
		{"undated", "tasks without a date, one tag on each", 1, undatedOps(), fillUndated},
		{"equal", "notes of one date and one title, one tag on each", 1, equalOps(), fillEqual},
		{"screenshots", "screenshots of one session", 1, screenshotOps(), fillScreenshots},
		{"revisions", "revisions of one note", 10, revisionOps(), fillRevisions},
		{"history", "kept states, ten of each note", 1, historyOps(), fillHistory},
		{"attachments", "attachments of 1,000 contents", 1, attachmentOps(), fillAttachments},
		{"trash", "notes in the trash, as many as live", 1, trashOps(), fillTrash},
	}
}

var vocabulary = func() []string {
	r := rand.New(rand.NewPCG(3, 4))
	syllables := strings.Fields("ka mo ri ten sol va ber lin do gra pe tis un ma zu for ne el qui ha sta vor ge bi")
	words := make([]string, 20_000)
	for i := range words {
		for range 1 + r.IntN(4) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}()

// prose gives words, some of them far more often than others, and seldom one that hardly anybody uses.
func prose(r *rand.Rand, words int) string {
	var b strings.Builder
	for range words {
		f := r.Float64()
		b.WriteString(vocabulary[int(f*f*f*f*float64(len(vocabulary)))])
		b.WriteByte(' ')
	}
	if r.IntN(4) == 0 {
		b.WriteString(rareWord(r.IntN(1 << 20)))
	}
	return b.String()
}

func rareWord(i int) string { return fmt.Sprintf("zz%05xq", i) }

// scarce is a word that the same few texts have in a store of any size: of ten words each 20 of the first 200.
func scarce(i int) string { return fmt.Sprintf("qy%dscarce", i%10) }

func scarceOf(i int) string {
	if i >= 200 {
		return ""
	}
	return " " + scarce(i)
}

func source(i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(i), 7)) }

// minute spreads things over time, one a minute.
func minute(i int) schema.Time {
	return schema.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute))
}

func rareTag(i int) string   { return fmt.Sprintf("project-%d", i%100) }
func commonTag(i int) string { return fmt.Sprintf("area-%d", i%7) }

var states = []string{"draft", "approved", "pending_review"}

func note(i int) *schema.Note {
	r := source(i)
	return &schema.Note{
		Head: schema.Head{ID: noteID(i)}, Content: prose(r, 60) + scarceOf(i), Summary: prose(r, 4),
		Timestamp: minute(i), LastUpdated: minute(i + r.IntN(10_000)), Source: "thought", Status: states[r.IntN(len(states))],
		Tags:  []string{rareTag(i), commonTag(r.IntN(7))},
		Links: []schema.Link{{Member: "topicIds", Kind: "topic", ID: fmt.Sprintf("topic-%d", r.IntN(100))}},
	}
}

func noteID(i int) string { return fmt.Sprintf("note-%07d", i) }

// saveMany saves n things, 1,000 in a transaction, and then brings the index in step, as an import does.
func saveMany[T any](ctx context.Context, w *world, n int, save func(context.Context, ...*T) error, make func(i int) *T) error {
	later := repo.WithOrigin(repo.DeferIndex(ctx), repo.OriginImport) // which leaves without a date what has none
	for from := 0; from < n; from += 1000 {
		var list []*T
		for i := from; i < min(from+1000, n); i++ {
			list = append(list, make(i))
		}
		if err := save(later, list...); err != nil {
			return err
		}
	}
	return w.s.Index.Flush(ctx, nil)
}

func fillNotes(ctx context.Context, w *world) error {
	return saveMany(ctx, w, w.n, w.s.Notes.Save, note)
}

func fillSessions(ctx context.Context, w *world) error {
	return saveMany(ctx, w, w.n, w.s.Sessions.Save, session)
}

func session(i int) *schema.Session {
	r := source(i)
	s := &schema.Session{
		Head: schema.Head{ID: fmt.Sprintf("session-%06d", i)}, Name: prose(r, 4), Description: prose(r, 20) + scarceOf(i),
		Status: []string{"completed", "interrupted", "paused"}[r.IntN(3)], StartTime: minute(60 * i), EndTime: minute(60*i + 60),
		Tags:       []string{rareTag(r.IntN(100)), commonTag(r.IntN(7))},
		Summary:    schema.Document(document(r, 3000, "")),
		CanvasSpec: schema.Document(document(r, 4000, "")),
	}
	for k := range 10 {
		s.Screenshots = append(s.Screenshots, screenshot(i*10+k, minute(60*i+6*k)))
	}
	for k := range 5 {
		s.AudioSegments = append(s.AudioSegments, schema.AudioSegment{
			Item: schema.Item{ID: fmt.Sprintf("sound-%d", i*5+k)}, Timestamp: minute(60*i + 12*k), Duration: 30, Transcription: prose(r, 50)})
	}
	return s
}

func screenshot(i int, at schema.Time) schema.Screenshot {
	return schema.Screenshot{Item: schema.Item{ID: fmt.Sprintf("shot-%07d", i)}, Timestamp: at, AnalysisStatus: "complete",
		AIAnalysis: schema.JSON(document(source(i), 400, scarceOf(i)))}
}

// document gives JSON of about n bytes, and a word.
func document(r *rand.Rand, n int, word string) string {
	return fmt.Sprintf(`{"summary":%q,"activity":"coding","confidence":0.9}`, prose(r, n/7)+word)
}

func fillUndated(ctx context.Context, w *world) error {
	return saveMany(ctx, w, w.n, w.s.Tasks.Save, func(i int) *schema.Task {
		return &schema.Task{Head: schema.Head{ID: fmt.Sprintf("task-%07d", i)}, Title: prose(source(i), 8), Status: "todo", Tags: []string{"all"}}
	})
}

func fillEqual(ctx context.Context, w *world) error {
	return saveMany(ctx, w, w.n, w.s.Notes.Save, func(i int) *schema.Note {
		return &schema.Note{Head: schema.Head{ID: noteID(i)}, Summary: "Call", Content: prose(source(i), 30), Timestamp: minute(0), LastUpdated: minute(0),
			Status: "approved", Tags: []string{"all"}}
	})
}

func fillScreenshots(ctx context.Context, w *world) error {
	s := session(0)
	s.Screenshots = nil
	if err := w.s.Sessions.Save(ctx, s); err != nil {
		return err
	}
	return saveMany(ctx, w, w.n, func(ctx context.Context, list ...*schema.Screenshot) error {
		return w.s.Sessions.Screenshots.Add(ctx, s.ID, list...)
	}, func(i int) *schema.Screenshot {
		shot := screenshot(i, minute(i))
		return &shot
	})
}

func fillRevisions(ctx context.Context, w *world) error {
	if err := w.s.Notes.Save(ctx, note(0)); err != nil {
		return err
	}
	for from := 1; from < w.n; from += 500 {
		err := w.s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
			for i := from; i < min(from+500, w.n); i++ {
				if _, err := tx.Notes.Modify(ctx, noteID(0), func(n *schema.Note) error { n.Content = prose(source(i), 60); return nil }); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func fillHistory(ctx context.Context, w *world) error {
	n := w.n / 10
	if err := saveMany(ctx, w, n, w.s.Notes.Save, note); err != nil {
		return err
	}
	for round := range 10 {
		for from := 0; from < n; from += 500 {
			err := w.s.Update(repo.DeferIndex(ctx), func(ctx context.Context, tx *repo.Tx) error {
				for i := from; i < min(from+500, n); i++ {
					if _, err := tx.Notes.Modify(ctx, noteID(i), func(n *schema.Note) error { n.Content = prose(source(n2(i, round)), 60); return nil }); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return w.s.Index.Flush(ctx, nil)
}

func n2(i, round int) int { return i*11 + round + 1<<30 }

func fillAttachments(ctx context.Context, w *world) error {
	contents := make([]schema.Content, min(1000, w.n))
	for i := range contents {
		a := schema.Attachment{Head: schema.Head{ID: fmt.Sprintf("content-%d", i)}, FileInfo: schema.FileInfo{Name: "x.txt", Type: "file", MIMEType: "text/plain", CreatedAt: minute(i)}}
		a.Base64.Text = "data:text/plain;base64,QUFB" + strings.Repeat("QUJD", i%50+1) + fmt.Sprintf("%04d", i)
		if err := w.s.Attachments.Save(ctx, &a); err != nil {
			return err
		}
		contents[i] = a.Base64
	}
	return saveMany(ctx, w, w.n, w.s.Attachments.Save, func(i int) *schema.Attachment { return attachment(i, contents[i%len(contents)]) })
}

func attachment(i int, content schema.Content) *schema.Attachment {
	return &schema.Attachment{Head: schema.Head{ID: fmt.Sprintf("attachment-%07d", i)}, FileInfo: schema.FileInfo{
		Name: prose(source(i), 2), Type: "file", MIMEType: "text/plain", Size: 100, CreatedAt: minute(i), Base64: content}}
}

func fillTrash(ctx context.Context, w *world) error {
	return saveMany(ctx, w, 2*w.n, w.s.Notes.Save, func(i int) *schema.Note {
		n := note(i)
		if i%2 == 1 {
			n.TrashedAt, n.TrashReason = minute(i), schema.TrashDeleted
		}
		return n
	})
}
