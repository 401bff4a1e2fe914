package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"

	"github.com/dustin/go-humanize"
)

// writeOrphans prints the contents that nothing refers to, grouped by where they may
// belong; of each group no more than limit lines.
func (r Report) writeOrphans(b *bytes.Buffer, limit int) {
	if len(r.Orphans) == 0 {
		return
	}
	fmt.Fprintf(b, "\nContents that no record refers to: %s. They are kept as attachments.\n", tally(r.Orphans))
	r.writeLost(b, limit)
	there, gone, unknown := r.sorted()
	if len(gone) > 0 {
		b.WriteString("\n  Videos of these:\n")
		writeGroup(b, gone, limit)
	}
	if len(there) > 0 {
		fmt.Fprintf(b, "\n  Perhaps of sessions that are there (%s):\n", tally(there))
		writeGroup(b, there, limit)
	}
	if len(unknown) > 0 {
		fmt.Fprintf(b, "\n  Nothing tells of which session (%s):\n", tally(unknown))
		writeGroup(b, unknown, limit)
	}
}

// sorted gives the orphans that may belong to a session that is there, the videos among
// those of lost sessions, and those of which nothing is known. Videos come first.
func (r Report) sorted() (there, gone, unknown []Orphan) {
	for _, o := range r.Orphans {
		switch {
		case len(o.Sessions) == 0:
			unknown = append(unknown, o)
		case !o.Sessions[0].Lost:
			there = append(there, o)
		case o.kind() == "video":
			gone = append(gone, o)
		}
	}
	video := func(a, b Orphan) int {
		return record.Prefer(b.kind() == "video") - record.Prefer(a.kind() == "video")
	}
	slices.SortStableFunc(there, video)
	slices.SortStableFunc(unknown, video)
	return there, gone, unknown
}

// kind is video, audio, image, or "" for anything else.
func (o Orphan) kind() string {
	if o.Type == "screenshot" {
		return "image"
	}
	if o.Type == "video" || o.Type == "audio" || o.Type == "image" {
		return o.Type
	}
	return ""
}

// tally counts contents by their kind.
func tally(list []Orphan) string {
	n, size := map[string]int{}, int64(0)
	for _, o := range list {
		n[o.kind()]++
		size += o.Bytes
	}
	var parts []string
	for _, k := range []struct{ kind, one, many string }{{"video", "video", "videos"}, {"audio", "sound", "sounds"}, {"image", "image", "images"}, {"", "other file", "other files"}} {
		if c := n[k.kind]; c > 0 {
			parts = append(parts, plural(c, k.one, k.many))
		}
	}
	return strings.Join(parts, ", ") + ", " + humanize.IBytes(uint64(max(size, 0)))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + many
}

// writeLost prints the sessions that are lost, a line each.
func (r Report) writeLost(b *bytes.Buffer, limit int) {
	if len(r.Lost) == 0 {
		return
	}
	fmt.Fprintf(b, "\n  Of %s no file holds, told by names and times of what is left:\n", plural(len(r.Lost), "session that", "sessions that"))
	rows := [][]string{{"session", "took place about (UTC)", "videos", "sounds", "images", "others", "size"}}
	for i, s := range r.Lost {
		if i == limit {
			break
		}
		rows = append(rows, []string{s.ID, s.when(), fmt.Sprint(s.Videos), fmt.Sprint(s.Sounds), fmt.Sprint(s.Images), fmt.Sprint(s.Others), humanize.IBytes(uint64(max(s.Bytes, 0)))})
	}
	writeColumns(b, "    ", false, rows)
	more(b, len(r.Lost)-limit)
}

// when says when a lost session took place, as far as that is known.
func (s LostSession) when() string {
	from, err := time.Parse(time.RFC3339, s.From)
	if err != nil {
		return "?"
	}
	to, err := time.Parse(time.RFC3339, s.To)
	if err != nil || to.Sub(from) < time.Minute {
		return from.Format("2006-01-02 15:04")
	}
	layout := "15:04"
	if to.YearDay() != from.YearDay() {
		layout = "2006-01-02 15:04"
	}
	return from.Format("2006-01-02 15:04") + " to " + to.Format(layout)
}

// more says how much was left out.
func more(b *bytes.Buffer, n int) {
	if n > 0 {
		fmt.Fprintf(b, "    and %s more: storectl legacy report --all\n", humanize.Comma(int64(n)))
	}
}

// writeGroup prints contents, a line each, and the sessions that they may be of.
func writeGroup(b *bytes.Buffer, list []Orphan, limit int) {
	for i, o := range list {
		if i == limit {
			break
		}
		fmt.Fprintf(b, "    %s\n", o.line())
	}
	more(b, len(list)-limit)
}

// line says what an orphan is and where it may belong.
func (o Orphan) line() string {
	text := o.Name
	if o.ID != names.Stem(o.Name) && o.ID != o.Name {
		text = strings.TrimPrefix(o.Name+", "+o.ID, ", ")
	}
	text += fmt.Sprintf(" (%s, %s)", o.Type, humanize.IBytes(uint64(max(o.Bytes, 0))))
	for i, s := range o.Sessions {
		sep := "; or of "
		if i == 0 {
			sep = ": perhaps of "
		}
		if s.Lost {
			text += fmt.Sprintf("%sthe lost session %s, %s", sep, s.ID, s.Why)
		} else {
			text += fmt.Sprintf("%s%q (%s), %s", sep, s.Name, s.ID, s.Why)
		}
	}
	return text
}
