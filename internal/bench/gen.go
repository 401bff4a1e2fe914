package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"taskstore/schema"
)

// vocabulary are invented words; the first ones are used far more often.
var vocabulary = func() []string {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ka mo ri ten sol va ber lin do gra pe tis un ma zu for ne el qui ha")
	words := make([]string, 3000)
	for i := range words {
		for range 1 + r.IntN(3) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}()

// prose gives about n bytes of text; equal seeds give equal text.
func prose(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		f := r.Float64()
		b.WriteString(vocabulary[int(f*f*f*float64(len(vocabulary)))])
		b.WriteByte(" .\n     "[r.IntN(8)])
	}
	return b.String()
}

func source(i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(i), 77)) }

// moment spreads things over some years, one every hour.
func moment(i int) schema.Time {
	return schema.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour))
}

func tag(r *rand.Rand) string { return vocabulary[r.IntN(40)] }

// note gives a note of about 2 KB with tags, links and an update.
func note(i int) *schema.Note {
	r := source(i)
	return &schema.Note{
		Head:    schema.Head{ID: fmt.Sprintf("note-%06d", i)},
		Content: prose(r, 1500), Summary: prose(r, 80), Timestamp: moment(i), LastUpdated: moment(i + 1),
		Source: "thought", Status: "approved", Metadata: `{"sentiment":"neutral","keyPoints":["one","two"]}`,
		Tags: []string{tag(r), tag(r), tag(r)},
		Links: []schema.Link{
			{Member: "topicIds", Kind: "topic", ID: fmt.Sprintf("topic-%d", r.IntN(50))},
			{Member: "companyIds", Kind: "company", ID: fmt.Sprintf("company-%d", r.IntN(50))},
		},
		Updates: []schema.NoteUpdate{{
			Item: schema.Item{ID: fmt.Sprintf("update-%06d", i)}, Content: prose(r, 300), Timestamp: moment(i + 1), Source: "call"}},
	}
}

func notes(from, n int) []*schema.Note {
	list := make([]*schema.Note, n)
	for i := range list {
		list[i] = note(from + i)
	}
	return list
}

// document gives JSON of about n bytes.
func document(r *rand.Rand, n int) schema.Document {
	var b strings.Builder
	b.WriteString(`{"narrative":"x"`)
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `,"part%d":{"text":%q,"at":%d,"confidence":0.%d}`, i, prose(r, 200), r.IntN(100000), r.IntN(9)+1)
	}
	b.WriteByte('}')
	return schema.Document(b.String())
}

// session gives a session of about 15 KB: ten screenshots with what was found
// on them, five stretches of sound, a summary and a canvas.
func session(i int) *schema.Session {
	r := source(i)
	id := fmt.Sprintf("session-%06d", i)
	s := &schema.Session{
		Head: schema.Head{ID: id}, Name: prose(r, 30), Description: prose(r, 120),
		Status:    []string{"completed", "completed", "completed", "interrupted", "paused"}[r.IntN(5)],
		StartTime: moment(i), EndTime: moment(i + 1), ScreenshotInterval: 2, EnableScreenshots: true,
		Category: "work", ActivityType: "coding", TotalDuration: 42.5,
		AudioConfig: `{"micDeviceId":"default","gainDb":0}`,
		Tags:        []string{tag(r), tag(r)},
		Links:       []schema.Link{{Member: "topicIds", Kind: "topic", ID: fmt.Sprintf("topic-%d", r.IntN(50))}},
		Summary:     document(r, 3000), CanvasSpec: document(r, 4000),
	}
	for k := range 10 {
		s.Screenshots = append(s.Screenshots, schema.Screenshot{
			Item: schema.Item{ID: fmt.Sprintf("%s-shot-%d", id, k)}, SessionID: id, Timestamp: moment(i),
			AttachmentID: fmt.Sprintf("%s-att-%d", id, k), AnalysisStatus: "complete",
			AIAnalysis: schema.JSON(document(r, 400))})
	}
	for k := range 5 {
		s.AudioSegments = append(s.AudioSegments, schema.AudioSegment{
			Item: schema.Item{ID: fmt.Sprintf("%s-sound-%d", id, k)}, SessionID: id, Timestamp: moment(i),
			Duration: 30, Transcription: prose(r, 300)})
	}
	return s
}
