// Package fts says what a store is searched for and in: it makes the texts of a record, takes a
// question as a person types it, and shows where in a text the answer stands. It knows no
// database: fts/index keeps the texts and finds them. DESIGN.md tells why all this is so.
package fts

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"taskstore/schema"
)

// TextVersion is raised whenever Extract, LabelsOf, clean or sideTerms give other texts
// than before, so that stores index everything anew. A golden test notices.
const TextVersion = 3

// All marks an entity as a whole; see Mark.
const All = "*"

// Mark names what the index does not know yet: an entity as a whole (List is
// All), its own text and short lists (""), or one of its long lists or its
// documents (the child table), of which ItemPK may name a single row.
type Mark struct {
	Kind   string
	PK     int64
	List   string
	ItemPK int64
}

// Entry is what the index should hold for a Mark.
type Entry struct {
	Mark
	Trashed bool
	Labels  string // of LabelsOf
	Rows    []Row

	ready []Columns // of each row, after Prepare
}

// Prepare does what of Put needs no database, so that it can be done while others
// write. The words that belong into the list of words go to words, for NewBulk.
func (e *Entry) Prepare(words map[string]bool) {
	e.ready = make([]Columns, len(e.Rows))
	for i, r := range e.Rows {
		e.ready[i] = e.columnsOf(r)
		WordsOf(words, r.Title, r.Body)
	}
}

// Size is how many bytes of text the rows have.
func (e *Entry) Size() (n int) {
	for _, r := range e.Rows {
		n += len(r.Title) + len(r.Body)
	}
	return n
}

// Prepared tells whether Prepare was called.
func (e *Entry) Prepared() bool { return e.ready != nil }

// Columns are what FTS5 indexes of a text, in this order.
type Columns struct{ Title, Body, TitleParts, BodyParts, Kind string }

// Weights are what a word counts in each of the Columns.
var Weights = [...]float64{6, 1, 4, 0.7, 0}

// Columns are those of row i.
func (e *Entry) Columns(i int) Columns {
	if e.ready != nil {
		return e.ready[i]
	}
	return e.columnsOf(e.Rows[i])
}

func (e *Entry) columnsOf(r Row) Columns {
	return Columns{r.Title, r.Body, sideTerms(r.Title), sideTerms(r.Body), kindColumn(e.Kind, e.Labels, r)}
}

// Row is one text of an entity: its own, or that of one moment in it.
type Row struct {
	List   string // the child table, "" for the entity's own
	ItemPK int64
	Part   string
	At     schema.Time
	Title  string
	Body   string
}

// Documents are the members of a session that are indexed, as parts to be read
// on demand, by the child table that holds them.
func Documents() map[string][]string {
	return map[string][]string{
		"session_screenshots":    {"screenshots"},
		"session_audio_segments": {"audioSegments"},
		"session_context_items":  {"contextItems"},
		"session_video_chunks":   {"video.chunks"},
		"session_documents":      {"summary", "audioInsights", "audioKeyMoments", "fullTranscription", "notes", "transcript"},
	}
}

// Extract gives the texts of an entity: its own, and those of the lists and
// documents that are loaded. v is a pointer to one of the entities of schema.
func Extract(v any) []Row {
	switch v := v.(type) {
	case *schema.Note:
		return note(v)
	case *schema.Task:
		return task(v)
	case *schema.Session:
		return session(v)
	case *schema.Topic:
		return subject(&v.Head, &v.Subject, field{"description", v.Description})
	case *schema.Company:
		return subject(&v.Head, &v.Subject, field{"profile", jsonText(v.Profile)})
	case *schema.Contact:
		return subject(&v.Head, &v.Subject, field{"profile", jsonText(v.Profile)})
	case *schema.Attachment:
		b := newBody(v.Name)
		b.file("", &v.FileInfo)
		b.add("extra", jsonText(v.Extra))
		return b.row(v.CreatedAt)
	}
	return nil
}

type field struct{ name, text string }

func subject(h *schema.Head, s *schema.Subject, more field) []Row {
	b := newBody(s.Name)
	b.add(more.name, more.text)
	b.add("extra", jsonText(h.Extra))
	return b.row(s.CreatedAt)
}

func note(n *schema.Note) []Row {
	b := newBody(n.Title)
	b.add("content", n.Content)
	b.add("summary", n.Summary)
	for i := range n.Updates {
		u := &n.Updates[i]
		b.add("updates/"+u.ID, u.Content, u.Summary, u.SourceText, jsonText(u.Tags))
	}
	b.add("sourceText", n.SourceText)
	b.add("metadata", jsonText(n.Metadata))
	b.files(n.Attachments)
	b.add("tags", strings.Join(n.Tags, "\n"))
	b.add("extra", jsonText(n.Extra))
	return b.row(n.Timestamp)
}

func task(t *schema.Task) []Row {
	b := newBody(t.Title)
	b.add("description", t.Description)
	for i := range t.Subtasks {
		b.add("subtasks/"+t.Subtasks[i].ID, t.Subtasks[i].Title)
	}
	b.add("sourceExcerpt", t.SourceExcerpt)
	b.add("contextForAgent", t.ContextForAgent)
	b.add("aiContext", jsonText(t.AIContext))
	b.add("dueDateReasoning", jsonText(t.DueDateReasoning))
	b.files(t.Attachments)
	b.add("tags", strings.Join(t.Tags, "\n"))
	b.add("extra", jsonText(t.Extra))
	return b.row(t.CreatedAt)
}

// body puts the fields of an entity into one text and notes where each begins.
type body struct {
	title string
	text  strings.Builder
	parts strings.Builder
}

// mostText is how many bytes of an entity's own text are indexed: what comes after is not found. A
// save takes no member that is longer.
const mostText = schema.MaxText

func newBody(title string) *body { return &body{title: clean(atMost(title, mostText))} }

// atMost is a text without what comes after some bytes of it.
func atMost(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}

func (b *body) add(part string, texts ...string) {
	begun := false
	for _, t := range texts {
		if t = clean(atMost(t, mostText-min(mostText, b.text.Len()))); t == "" {
			continue
		}
		if b.text.Len() > 0 {
			b.text.WriteByte('\n')
		}
		if !begun {
			begun = true
			if b.parts.Len() > 0 {
				b.parts.WriteByte(' ')
			}
			b.parts.WriteString(strings.ReplaceAll(part, " ", "_"))
			b.parts.WriteByte('@')
			b.parts.WriteString(strconv.Itoa(b.text.Len()))
		}
		b.text.WriteString(t)
	}
}

func (b *body) files(list []schema.InlineAttachment) {
	for i := range list {
		b.add("attachments/"+list[i].ID, list[i].Name)
		b.file("attachments/"+list[i].ID, &list[i].FileInfo)
	}
}

func (b *body) file(part string, f *schema.FileInfo) {
	for _, m := range []field{{"path", f.Path}, {"url", f.URL}, {"aiAnalysis", jsonText(f.AIAnalysis)}} {
		if part != "" {
			m.name = part
		}
		b.add(m.name, m.text)
	}
}

func (b *body) row(at schema.Time) []Row {
	return []Row{{Part: b.parts.String(), At: at, Title: b.title, Body: b.text.String()}}
}

// after gives the moment some seconds after another.
func after(start schema.Time, seconds float64) schema.Time {
	t, err := start.Time()
	if err != nil || start == "" || !(seconds >= 0 && seconds < 1e9) {
		return start
	}
	return schema.TimeOf(t.Add(time.Duration(seconds * float64(time.Second))))
}

// Moved tells whether the times of an entity's moments follow from other times
// than before.
func Moved(old, new any) bool {
	if LabelsOf(old) != LabelsOf(new) {
		return true
	}
	a, ok := old.(*schema.Session)
	if !ok {
		return false
	}
	b, ok := new.(*schema.Session)
	return ok && (a.StartTime != b.StartTime || a.EndTime != b.EndTime)
}
