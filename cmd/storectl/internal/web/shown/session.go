package shown

import (
	"encoding/json"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/schema"
)

// Session is what the page of a session shows beside that of any record.
type Session struct {
	Minutes    float64
	Ended      schema.Time
	Videos     []file
	MoreVideos int
	Sound      *file
	Chapters   []chapter
	Moments    []moment
	Total      int
	From       int
	Before     string // the address of the moments before these; "" is none
	After      string
	Summary    []section
	Sides      []section // what was written of the whole session
	Chosen     string    // the item that the address names
}

// chapter is a titled stretch of a video.
type chapter struct {
	Title, Text string
	Start       float64
	URL         string
}

// moment is something at a time within a session: a picture, a stretch of sound, a note, a marker.
type moment struct {
	ID      string
	Form    string // picture, sound or context
	At      schema.Time
	Text    string
	Comment string
	Words   []string // what was seen in a picture
	Seconds float64
	Picture picture
	File    *file
	Link    string
	More    *prose.Node
	file    string

	analysis schema.JSON // of a picture
}

const (
	momentsPerPage = 60 // moments that come at once
	mostVideos     = 20 // recordings that stand on a page
)

// Place is where in a session the moments begin that are shown: with the page that has a moment, or from a number on.
type Place struct {
	Moment string
	From   int
}

// session reads what there is of a session, its moments in the order of time.
func (v Reader) session(p *Record, x *schema.Session, at Place) error {
	s := &Session{Minutes: minutesOf(*x), Ended: x.EndTime, Chosen: at.Moment}
	p.Session = s
	p.fact("Category", strings.Trim(x.Category+" / "+x.SubCategory, " /"))
	p.fact("Activity", x.ActivityType)
	p.text("", x.Description, true)
	s.Summary = summaryOf(x.Summary)
	for _, d := range []struct {
		title string
		text  schema.Document
	}{{"All that was said", x.Transcription}, {"Notes", x.Notes}, {"Transcript", x.Transcript}, {"Insights from the sound", x.AudioInsights}, {"Key moments of the sound", x.AudioKeyMoments},
		{"Canvas", x.CanvasSpec}, {"How it was enriched", x.EnrichmentStatus}} {
		s.Sides = append(s.Sides, documentOf(d.title, d.text)...)
	}
	all, err := v.moments(x, p.Past != "")
	if err != nil {
		return err
	}
	s.Total = len(all)
	s.From = firstMoment(all, at)
	s.Moments = all[s.From:min(s.From+momentsPerPage, len(all))]
	address := func(from int) string {
		q := url.Values{"kind": {"sessions"}, "id": {p.ID}, "from": {strconv.Itoa(from)}}
		if p.Past != "" {
			q.Set("rev", p.Past)
		}
		return "/record?" + q.Encode()
	}
	if s.From > 0 {
		s.Before = address(max(0, s.From-momentsPerPage))
	}
	if s.From+momentsPerPage < len(all) {
		s.After = address(s.From + momentsPerPage)
	}
	if err := v.fillMoments(s.Moments); err != nil {
		return err
	}
	return v.recordings(s, x)
}

func firstMoment(all []moment, at Place) int {
	if i := slices.IndexFunc(all, func(m moment) bool { return m.ID == at.Moment && at.Moment != "" }); i >= 0 {
		return i / momentsPerPage * momentsPerPage
	}
	if at.From < 0 || at.From >= len(all) {
		return 0
	}
	return at.From
}

// moments are all that happened in a session. Of a state of the past they are in the value, else they are read one by one.
func (v Reader) moments(x *schema.Session, past bool) (all []moment, err error) {
	shots, segments, items := v.Store.Sessions.Screenshots.All(v.Ctx, x.ID), v.Store.Sessions.AudioSegments.All(v.Ctx, x.ID), v.Store.Sessions.ContextItems.All(v.Ctx, x.ID)
	if past {
		shots, segments, items = each(x.Screenshots), each(x.AudioSegments), each(x.ContextItems)
	}
	for shot, err := range shots {
		if err != nil {
			return nil, err
		}
		all = append(all, moment{ID: shot.ID, Form: "picture", At: shot.Timestamp, Picture: pictureOf(shot), Comment: shot.UserComment, file: shot.AttachmentID, analysis: shot.AIAnalysis})
	}
	for seg, err := range segments {
		if err != nil {
			return nil, err
		}
		m := moment{ID: seg.ID, Form: "sound", At: seg.Timestamp, Text: seg.EnrichedText, Seconds: seg.Duration, file: seg.AttachmentID, Comment: seg.Description}
		for _, text := range []string{seg.Transcription, seg.DraftText} {
			if m.Text == "" {
				m.Text = text
			}
		}
		all = append(all, m)
	}
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		m := moment{ID: item.ID, Form: "context", At: item.Timestamp, Text: item.Content, Comment: item.Type}
		switch {
		case item.NoteID != "":
			m.Link = words.RecordURL("note", item.NoteID)
		case item.TaskID != "":
			m.Link = words.RecordURL("task", item.TaskID)
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b moment) int { return strings.Compare(string(a.At), string(b.At)) })
	return all, nil
}

func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range list {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// fillMoments finds what was seen in the moments that are shown, their contents, and whether those are there.
func (v Reader) fillMoments(list []moment) error {
	var ids []string
	for _, m := range list {
		if m.file != "" {
			ids = append(ids, m.file)
		}
	}
	of, err := v.filesOf(ids)
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i]
		if m.Form == "picture" {
			m.analyse()
		}
		a, known := of[m.file]
		sha := m.Picture.SHA
		if sha == "" {
			sha = a.Stored().Blob
		}
		if m.Form == "context" || sha == "" && m.file == "" {
			continue
		}
		f := v.fileOf(a.Name, a.MIMEType, sha, a.Size)
		if m.file != "" && !known {
			f.State = "missing: the store has no file " + m.file
		}
		m.File, m.Picture.SHA = &f, sha
	}
	return nil
}

// analyse takes apart what the app saw in a picture.
func (m *moment) analyse() {
	m.Text = seen(m.analysis, m.Comment)
	if m.Picture.Text = m.Text; m.Comment == m.Text {
		m.Comment = ""
	}
	var analysis struct {
		Elements []string `json:"keyElements"`
	}
	_ = json.Unmarshal([]byte(m.analysis), &analysis)
	m.Words = analysis.Elements
	if tree := prose.Tree("", []byte(m.analysis)); len(tree.Items) > 0 {
		m.More = &tree
	}
}

// recordings are the video and the sound of the whole session.
func (v Reader) recordings(s *Session, x *schema.Session) error {
	var ids []string
	if x.Video != nil {
		ids = append(ids, x.Video.FullVideoID)
		for _, c := range x.Video.Chunks {
			ids = append(ids, c.AttachmentID)
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if s.MoreVideos = len(ids) - mostVideos; s.MoreVideos > 0 {
		ids = ids[:mostVideos]
	}
	of, err := v.filesOf(append(ids, x.FullAudioID))
	if err != nil {
		return err
	}
	get := func(id string) file {
		if a, known := of[id]; known {
			return v.fileOf(a.Name, a.MIMEType, a.Stored().Blob, a.Size)
		}
		return file{Name: id, Form: "file", State: "missing: the store has no file " + id}
	}
	if x.FullAudioID != "" {
		sound := get(x.FullAudioID)
		s.Sound = &sound
	}
	for _, id := range ids {
		s.Videos = append(s.Videos, get(id))
	}
	if x.Video == nil {
		return nil
	}
	whole := x.Video.FullVideoID != "" && s.Videos[0].State == "" // chapters count from the beginning of all of it
	for _, c := range x.Video.Chapters {
		ch := chapter{Title: c.Title, Text: c.Summary, Start: c.StartTime}
		if whole {
			ch.URL = words.ContentURL(s.Videos[0].SHA, s.Videos[0].Name) + "#t=" + strconv.FormatFloat(c.StartTime, 'f', 1, 64)
		}
		s.Chapters = append(s.Chapters, ch)
	}
	return nil
}

// summaryOf is the summary that the app made of a session: its text, and the lists in it.
func summaryOf(text schema.Document) (list []section) {
	if len(text) == 0 {
		return nil
	}
	if n := narrative(text); n != "" {
		list = append(list, section{Title: "Summary", Text: prose.Rich(n)})
	}
	tree := prose.Tree("", text)
	for _, item := range tree.Items {
		if item.Name != "narrative" && (len(item.Items) > 0) {
			list = append(list, section{Title: fieldName(item.Name), Tree: &item})
		}
	}
	return list
}

// documentOf shows a document of a session: a text as text, everything else as what it is made of.
func documentOf(title string, text schema.Document) []section {
	var plainText string
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	if json.Unmarshal(text, &plainText) == nil {
		if strings.TrimSpace(plainText) == "" {
			return nil
		}
		return []section{{Title: title, Text: prose.Rich(plainText)}}
	}
	tree := prose.Tree("", text)
	return []section{{Title: title, Tree: &tree}}
}
