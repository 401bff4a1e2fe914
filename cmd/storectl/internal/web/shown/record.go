package shown

import (
	"html/template"
	"mime"
	"net/url"
	"reflect"
	"strings"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/fts"
	"taskstore/repo"
	"taskstore/schema"
)

// Record is what the page of a record shows.
type Record struct {
	Kind, Plural, ID, Title string
	Rev                     int64
	Past                    string // the state of the past that is shown, "" where it is the present one
	Status                  string
	Date, Updated, Saved    schema.Time
	Trashed                 schema.Time
	TrashReason             string
	HasTags                 bool
	Tags                    []string
	MoreTags                int
	Facts                   []fact
	Sections                []section
	Subtasks                []schema.Subtask
	Files                   []file
	MoreFiles               int
	Links, FileLinks        []repo.Linked // those to files stand apart: there are many
	MoreLinks               int
	Session                 *Session
	Everything              prose.Node
	Raw                     string
}

// fact is a line about a record.
type fact struct {
	Name, Value, URL string
}

// section is a text of a record, or what is in a JSON value of it.
type section struct {
	Title string
	At    schema.Time
	Text  template.HTML
	Tree  *prose.Node
	Open  bool // it is what the record is about
}

// How much of long lists stands on the page of a record. What is beyond is a link away, and in the file of the record.
const (
	mostTags  = 200
	mostLinks = 100
	mostFiles = 100
)

// RecordOf reads what the page of a record shows. past names the state of the past that value is, "" is the present one.
func (v Reader) RecordOf(k repo.Kind, id string, value any, past string, at Place) (p Record, err error) {
	address := url.Values{"kind": {k.Plural}, "id": {id}}
	if past != "" {
		address.Set("rev", past)
	}
	p = Record{Past: past, Kind: k.Name, Plural: k.Plural, ID: id, Title: TitleOf(k, value), HasTags: k.Tags, Rev: k.Rev(value), Raw: "/raw?" + address.Encode(), Updated: k.Changed(value)}
	if h := k.Head(value); h != nil {
		p.Saved, p.Trashed, p.TrashReason = h.SavedAt, h.TrashedAt, h.TrashReason
	}
	if err := v.describe(&p, value, at); err != nil {
		return p, err
	}
	if p.MoreTags = len(p.Tags) - mostTags; p.MoreTags > 0 {
		p.Tags = p.Tags[:mostTags]
	}
	text, err := k.Encode(value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return p, err
	}
	p.Everything = prose.Tree("", text)
	if k.IsEntity() {
		err = v.connect(&p)
	}
	return p, err
}

// describe says what a record is, by its kind.
func (v Reader) describe(p *Record, value any, at Place) error {
	switch r := value.(type) {
	case *schema.Note:
		p.Status, p.Date, p.Tags = r.Status, r.Timestamp, r.Tags
		p.fact("Source", r.Source)
		p.text("", r.Content, true)
		for _, u := range r.Updates {
			if err := v.Ctx.Err(); err != nil {
				return err // each may be long
			}
			p.Sections = append(p.Sections, section{Title: "Added later", At: u.Timestamp, Text: prose.Rich(u.Content), Open: true})
		}
		if r.Summary != words.TitleText(p.Title) {
			p.text("Summary", r.Summary, false)
		}
		p.text("Where it comes from", r.SourceText, false)
		p.tree("Metadata", string(r.Metadata))
	case *schema.Task:
		p.Status, p.Date, p.Tags, p.Subtasks = r.Status, r.CreatedAt, r.Tags, r.Subtasks
		p.fact("Priority", r.Priority)
		p.fact("Due", strings.TrimSpace(r.DueDate+" "+r.DueTime))
		p.moment("Done", r.CompletedAt)
		p.fact("Made by", r.CreatedBy)
		p.text("", r.Description, true)
		p.text("Excerpt", r.SourceExcerpt, false)
		p.text("Context", r.ContextForAgent, false)
		p.tree("What the app made of it", string(r.AIContext))
		p.tree("Why it is due then", string(r.DueDateReasoning))
	case *schema.Session:
		p.Status, p.Date, p.Tags = r.Status, r.StartTime, r.Tags
		return v.session(p, r, at)
	case *schema.Topic:
		p.subject(r.Subject, "")
		p.fact("Type", r.Type)
		p.text("", r.Description, true)
	case *schema.Company:
		p.subject(r.Subject, string(r.Profile))
	case *schema.Contact:
		p.subject(r.Subject, string(r.Profile))
	case *schema.Attachment:
		p.Date = r.CreatedAt
		p.fact("Type", r.MIMEType)
		p.fact("Where the app had it", r.Path)
		p.fact("Address", r.URL)
		p.tree("What was seen in it", string(r.AIAnalysis))
	case *schema.Setting:
		p.Saved = r.SavedAt
	}
	return nil
}

// TitleOf is what lists call a record, also one of the past: the first of the members that may say it.
func TitleOf(k repo.Kind, value any) string {
	for _, name := range []string{"Title", "Name", "Key", "Summary", "Content"} {
		if f := reflect.ValueOf(value).Elem().FieldByName(name); f.Kind() == reflect.String && f.String() != "" {
			return fts.PlainTitle(k.Name, prose.Cut(200, f.String()))
		}
	}
	return ""
}

func (p *Record) subject(s schema.Subject, profile string) {
	p.Date = s.CreatedAt
	p.tree("Profile", profile)
}

func (p *Record) fact(name, value string) {
	if value != "" {
		p.Facts = append(p.Facts, fact{Name: name, Value: prose.Cut(2000, value)})
	}
}

func (p *Record) moment(name string, at schema.Time) {
	if t, ok := words.LocalTime(at); ok {
		p.fact(name, t.Format("2 Jan 2006, 15:04"))
	}
}

func (p *Record) text(title, text string, open bool) {
	if strings.TrimSpace(text) != "" {
		p.Sections = append(p.Sections, section{Title: title, Text: prose.Rich(text), Open: open})
	}
}

func (p *Record) tree(title, text string) {
	if text == "" || text == "null" || text == "{}" || text == "[]" {
		return
	}
	if tree := prose.Tree("", []byte(text)); tree.Text != "" || len(tree.Items) > 0 {
		p.Sections = append(p.Sections, section{Title: title, Tree: &tree})
	}
}

// connect finds what belongs to a record: files, and links in both directions.
func (v Reader) connect(p *Record) (err error) {
	links, err := v.Store.LinksOf(v.Ctx, repo.Ref{Kind: p.Kind, ID: p.ID})
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Other.Kind == "attachment" && l.There && len(p.FileLinks) < mostFiles {
			p.FileLinks = append(p.FileLinks, l)
		} else {
			p.Links = append(p.Links, l)
		}
	}
	if p.MoreLinks = len(p.Links) - mostLinks; p.MoreLinks > 0 {
		p.Links = p.Links[:mostLinks]
	}
	if p.Session != nil {
		return nil // its files stand at their moments
	}
	files, err := v.Store.Contents.FilesOf(v.Ctx, p.Kind, p.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Role == "thumbnail" || f.Role == "compressed" {
			continue
		}
		if len(p.Files) == mostFiles {
			p.MoreFiles++
			continue
		}
		p.Files = append(p.Files, v.fileOf(f.Name, f.MIMEType, f.SHA256, f.Size))
	}
	return nil
}

// file is a content as a page shows it: a picture, sound, video, or something to be kept.
type file struct {
	Name, Type string
	Form       string // picture, sound, video, text or file
	SHA        string
	Size       int64
	State      string // what is wrong with it; "" is nothing
}

// fileOf looks at a content: what it is by its bytes, and whether it is there.
func (v Reader) fileOf(name, kind, sha string, size int64) file {
	f := file{Name: name, Type: PlainType(kind), SHA: sha, Size: size}
	if f.Name == "" {
		f.Name = "file"
	}
	if sha == "" {
		f.State, f.Form = "missing: the store never had its bytes", "file"
		return f
	}
	if known, err := v.Store.Contents.Get(v.Ctx, sha); err == nil {
		if f.Size = known.Size; known.MIMEType != "" {
			f.Type = PlainType(known.MIMEType)
		}
		if known.Problem != "" {
			f.State = known.Problem + " when it was last read"
		}
	}
	if _, err := v.Store.Contents.Stat(v.Ctx, sha); err != nil {
		f.State = "missing: its bytes are not where they were kept"
	}
	f.Form = formOf(f.Type)
	return f
}

func formOf(kind string) string {
	switch {
	case isPicture(kind):
		return "picture"
	case strings.HasPrefix(kind, "audio/"):
		return "sound"
	case strings.HasPrefix(kind, "video/"):
		return "video"
	case kind == "text/plain":
		return "text"
	}
	return "file"
}

func isPicture(mime string) bool { return strings.HasPrefix(mime, "image/") && mime != "image/svg+xml" }

// PlainType is a type without its parameters.
func PlainType(text string) string {
	kind, _, err := mime.ParseMediaType(text)
	if err != nil {
		return ""
	}
	return kind
}
