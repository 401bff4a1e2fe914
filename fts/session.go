package fts

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// session gives the session's own text, its chapters, and the moments of those
// lists and documents that are loaded.
func session(s *schema.Session) []Row {
	b := newBody(s.Name)
	b.add("description", s.Description)
	b.add("tags", strings.Join(s.Tags, "\n"))
	b.add("category", s.Category, s.SubCategory, s.ActivityType)
	b.add("extra", jsonText(s.Extra))
	rows := b.row(s.StartTime)
	if s.Video != nil {
		rows = append(rows, chapters(s)...)
		for i := range s.Video.Chunks {
			c := &s.Video.Chunks[i]
			rows = moment(rows, "session_video_chunks", c.PK, "video.chunks/"+c.ID, after(s.StartTime, c.StartTime), c.Topic, c.Description, c.Excerpt)
		}
	}
	for i := range s.Screenshots {
		rows = append(rows, Screenshot(&s.Screenshots[i], s.StartTime)...)
	}
	for i := range s.AudioSegments {
		rows = append(rows, AudioSegment(&s.AudioSegments[i], s.StartTime)...)
	}
	for i := range s.ContextItems {
		c := &s.ContextItems[i]
		rows = moment(rows, "session_context_items", c.PK, "contextItems/"+c.ID, or(c.Timestamp, s.StartTime), c.Content)
	}
	return documents(rows, s)
}

// Screenshot gives the text of one screenshot of a session that began at start.
func Screenshot(x *schema.Screenshot, start schema.Time) []Row {
	return moment(nil, "session_screenshots", x.PK, "screenshots/"+x.ID, or(x.Timestamp, start), x.UserComment, jsonText(x.AIAnalysis))
}

// AudioSegment gives what was said in one stretch of sound of a session.
func AudioSegment(x *schema.AudioSegment, start schema.Time) []Row {
	at := x.Timestamp
	if at == "" {
		at = after(start, x.StartTime)
	}
	texts := []string{x.Transcription, x.Description, jsonText(x.KeyPhrases)}
	for _, t := range []string{x.EnrichedText, x.DraftText} {
		if t != x.Transcription {
			texts = append(texts, t)
		}
	}
	return moment(nil, "session_audio_segments", x.PK, "audioSegments/"+x.ID, at, texts...)
}

func chapters(s *schema.Session) (rows []Row) {
	for i := range s.Video.Chapters {
		c := &s.Video.Chapters[i]
		rows = moment(rows, "", c.PK, "video.chapters/"+c.ID, after(s.StartTime, c.StartTime), c.Title, c.Summary, jsonText(c.KeyTopics))
	}
	return rows
}

// moment appends the text of one moment, if it has any.
func moment(rows []Row, list string, pk int64, part string, at schema.Time, texts ...string) []Row {
	b := newBody("")
	b.add("", texts...)
	if b.text.Len() == 0 {
		return rows
	}
	return append(rows, Row{List: list, ItemPK: pk, Part: part, At: at, Body: b.text.String()})
}

func or(a, b schema.Time) schema.Time {
	if a != "" {
		return a
	}
	return b
}

const documentsTable = "session_documents"

func documents(rows []Row, s *schema.Session) []Row {
	for _, d := range []struct {
		part string
		doc  schema.Document
	}{{"summary", s.Summary}, {"audioInsights", s.AudioInsights}, {"notes", s.Notes}} {
		rows = moment(rows, documentsTable, 0, d.part, s.StartTime, jsonText(schema.JSON(d.doc)))
	}
	rows = keyMoments(rows, s)
	rows = passages(rows, s, "fullTranscription", s.Transcription)
	return passages(rows, s, "transcript", s.Transcript)
}

// keyMoments gives the moments that the app picked out of the sound; what is not
// such a list is one text.
func keyMoments(rows []Row, s *schema.Session) []Row {
	const part = "audioKeyMoments"
	var list []struct {
		ID                   any     `json:"id"`
		Timestamp            float64 `json:"timestamp"`
		Label, Type, Excerpt string
	}
	if len(s.AudioKeyMoments) == 0 {
		return rows
	}
	if json.Unmarshal(s.AudioKeyMoments, &list) != nil {
		return moment(rows, documentsTable, 0, part, s.StartTime, jsonText(schema.JSON(s.AudioKeyMoments)))
	}
	for _, m := range list {
		name := part
		if id, ok := m.ID.(string); ok {
			name += "/" + id
		}
		rows = moment(rows, documentsTable, 0, name, after(s.StartTime, m.Timestamp), m.Label, m.Excerpt)
	}
	return rows
}

// passageSize is about how many bytes of a transcription are one moment.
const passageSize = 1200

// passages cuts a long text where a sentence or at least a word ends. A passage's
// time is by its place in the text: between the session's start and end.
func passages(rows []Row, s *schema.Session, part string, doc schema.Document) []Row {
	text := clean(textOf(doc))
	length := spanOf(s)
	for from := 0; from < len(text); {
		to := from + cut(text[from:], passageSize)
		at := after(s.StartTime, length.Seconds()*float64(from)/float64(len(text)))
		if body := strings.TrimFunc(text[from:to], isSpace); body != "" {
			rows = append(rows, Row{List: documentsTable, Part: part, At: at, Body: body})
		}
		from = to
	}
	return rows
}

func spanOf(s *schema.Session) time.Duration {
	start, err1 := s.StartTime.Time()
	end, err2 := s.EndTime.Time()
	if err1 != nil || err2 != nil || s.EndTime == "" || s.StartTime == "" || end.Before(start) {
		return 0
	}
	return end.Sub(start)
}

// cut says where a passage of about size bytes ends in text.
func cut(text string, size int) int {
	if len(text) <= size+size/4 {
		return len(text)
	}
	head := text[:size]
	if i := strings.LastIndexAny(head, ".!?\n"); i > size/2 {
		return i + 1
	}
	if i := strings.LastIndexByte(head, ' '); i > size/2 {
		return i + 1
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return size
}

// textOf gives a document that is a JSON string as its text, others as the texts
// in them.
func textOf(doc schema.Document) string {
	if len(doc) > 0 && doc[0] == '"' {
		var s string
		if text, err := jsontext.AppendUnquote(nil, doc); err == nil {
			return string(text)
		} else if json.Unmarshal(doc, &s) == nil {
			return s
		}
	}
	return jsonText(schema.JSON(doc))
}
