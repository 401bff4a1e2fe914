package shown

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/schema"
)

// Entry is a record as days and lists show it: what it is, when it was, and enough of it to know it again.
type Entry struct {
	schema.Brief
	Excerpt  string
	Minutes  float64 // of a session, 0 unknown
	Pictures []picture
	More     int // pictures that are not shown
	Sounds   int
	Video    bool
	Due      string
	Priority string
	Face     string // of a file that is no picture: what its name ends in
}

// picture is one that was taken at a moment. SHA is "" where its content is not there.
type picture struct {
	At   schema.Time
	SHA  string
	Text string // what is seen in it
	Item string // its id in the session
	file string // the attachment that has it
}

// picturesShown is how many pictures stand for a session, and picturesRead how many are looked at for them: those of a long
// session are of its beginning.
const (
	picturesShown = 8
	picturesRead  = 400
)

// EntriesOf reads what is shown of records beside their briefs, in as few reads as there are kinds.
func (v Reader) EntriesOf(list []schema.Brief) ([]Entry, error) {
	out := make([]Entry, len(list))
	at, ids := map[string]map[string]*Entry{}, map[string][]string{}
	for i, b := range list {
		out[i].Brief = b
		if at[b.Kind] == nil {
			at[b.Kind] = map[string]*Entry{}
		}
		at[b.Kind][b.ID] = &out[i]
		ids[b.Kind] = append(ids[b.Kind], b.ID)
	}
	if err := v.fillSessions(ids["session"], at["session"]); err != nil {
		return nil, err
	}
	notes, err := v.Store.Notes.GetMany(v.Ctx, ids["note"])
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		e := at["note"][n.ID]
		e.Excerpt = prose.Excerpt(n.Content)
		if rest, is := strings.CutPrefix(e.Excerpt+" ", e.Title+" "); is {
			e.Excerpt = strings.TrimSpace(rest) // the title was its beginning
		}
	}
	tasks, err := v.Store.Tasks.GetMany(v.Ctx, ids["task"])
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		e := at["task"][t.ID]
		e.Excerpt, e.Due, e.Priority = prose.Excerpt(t.Description), strings.TrimSpace(t.DueDate+" "+t.DueTime), t.Priority
	}
	files, err := v.Store.Attachments.GetMany(v.Ctx, ids["attachment"])
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		e := at["attachment"][f.ID]
		if e.Face = strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), ".")); len(e.Face) > 6 {
			e.Face = ""
		}
		if isPicture(f.MIMEType) {
			e.Pictures = []picture{{At: f.CreatedAt, SHA: f.Stored().Blob, Text: f.Name}}
		}
	}
	return out, nil
}

// fillSessions reads how long sessions took, what came of them and some of their pictures.
func (v Reader) fillSessions(ids []string, at map[string]*Entry) error {
	sessions, err := v.Store.Sessions.GetMany(v.Ctx, ids, "summary")
	if err != nil {
		return err
	}
	var all []*picture
	for _, x := range sessions {
		e := at[x.ID]
		if e.Excerpt = prose.Excerpt(narrative(x.Summary)); e.Excerpt == "" {
			e.Excerpt = prose.Excerpt(x.Description)
		}
		e.Minutes, e.Video = minutesOf(x), x.Video != nil
		lists := listSizes(x.Lists)
		e.Sounds = lists["session_audio_segments"]
		total := lists["session_screenshots"]
		if total == 0 {
			continue
		}
		if e.Pictures, err = v.somePictures(x.ID, total, picturesShown); err != nil {
			return err
		}
		e.More = total - len(e.Pictures)
		for i := range e.Pictures {
			all = append(all, &e.Pictures[i])
		}
	}
	return v.findPictures(all)
}

// minutesOf is how long a session took, as far as it says.
func minutesOf(x schema.Session) float64 {
	if x.TotalDuration > 0 {
		return x.TotalDuration
	}
	from, known := words.LocalTime(x.StartTime)
	if to, ended := words.LocalTime(x.EndTime); known && ended && to.After(from) {
		return to.Sub(from).Minutes()
	}
	return 0
}

// listSizes are how many rows the lists of a record have, by table.
func listSizes(lists schema.JSON) map[string]int {
	var raw map[string][]json.Number
	sizes := map[string]int{}
	if json.Unmarshal([]byte(lists), &raw) == nil {
		for table, numbers := range raw {
			if len(numbers) > 0 {
				n, _ := numbers[0].Int64()
				sizes[table] = int(n)
			}
		}
	}
	return sizes
}

// somePictures are at most so many pictures of a session, spread over its time.
func (v Reader) somePictures(session string, total, most int) (list []picture, err error) {
	i, total := 0, min(total, picturesRead)
	for shot, err := range v.Store.Sessions.Screenshots.All(v.Ctx, session) {
		if err != nil {
			return nil, err
		}
		if i*most >= len(list)*total {
			p := pictureOf(shot)
			p.Text = seen(shot.AIAnalysis, shot.UserComment)
			if list = append(list, p); len(list) == most {
				break
			}
		}
		i++
	}
	return list, nil
}

// pictureOf is what there is of a screenshot, without its text.
func pictureOf(shot schema.Screenshot) picture {
	p := picture{At: shot.Timestamp, Item: shot.ID, file: shot.AttachmentID}
	for _, c := range []schema.Content{shot.Base64, shot.AttachmentData} {
		if c.Blob != "" && !c.Undecodable() {
			p.SHA = c.Blob
		}
	}
	return p
}

// seen is what the app saw in a screenshot, else what its user said of it.
func seen(found schema.JSON, comment string) string {
	var analysis struct {
		Summary string `json:"summary"`
	}
	_ = json.Unmarshal([]byte(found), &analysis)
	return cmp.Or(analysis.Summary, comment)
}

// findPictures finds the contents of pictures that are files of their own.
func (v Reader) findPictures(list []*picture) error {
	var ids []string
	for _, p := range list {
		if p.SHA == "" && p.file != "" {
			ids = append(ids, p.file)
		}
	}
	of, err := v.filesOf(ids)
	for _, p := range list {
		a := of[p.file]
		if c := a.Stored(); p.SHA == "" && !c.Undecodable() {
			p.SHA = c.Blob
		}
	}
	return err
}

// filesOf are files by their ids; those that are not there are left out.
func (v Reader) filesOf(ids []string) (map[string]schema.Attachment, error) {
	list, err := v.Store.Attachments.GetMany(v.Ctx, ids)
	of := make(map[string]schema.Attachment, len(list))
	for _, f := range list {
		of[f.ID] = f
	}
	return of, err
}

// narrative is the text of a session's summary.
func narrative(summary schema.Document) string {
	var s struct {
		Narrative string `json:"narrative"`
	}
	_ = json.Unmarshal(summary, &s)
	return s.Narrative
}
