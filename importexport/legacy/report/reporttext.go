package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"

	"github.com/dustin/go-humanize"
)

// maxNamed is how many ids or files a section of the printed report names.
const maxNamed = 20

// AbsentVideo is the detail of a warning about a video of a session, with its path.
const AbsentVideo = "its video %s is not in the source"

// WriteText prints the report for a person: first whether anything is missing, then what
// was recovered, is in quarantine or missing, with the files it concerns, what to do about
// it, and the counts. Long lists are cut unless all is set.
func (r Report) WriteText(w io.Writer, all bool) (err error) {
	defer sqlitedb.Wrap(&err, "print the report")
	var b bytes.Buffer
	limit := maxNamed
	if all {
		limit = math.MaxInt
	}
	r.notable = slices.Collect(r.Files.Notable())
	r.writeHead(&b)
	if r.Action == ActionImport && r.State == StateUnfinished {
		_, err = w.Write(b.Bytes())
		return err
	}
	for _, section := range r.sections() {
		writeSection(&b, section, limit)
	}
	r.writeOrphans(&b, limit)
	r.writeNext(&b)
	r.writeCounts(&b)
	r.writeNotes(&b)
	_, err = w.Write(b.Bytes())
	return err
}

// calm says that there is nothing that a person should look at.
func (r Report) calm() bool {
	return !r.Findings() && len(r.Orphans) == 0 && r.Warnings["unaccounted"]+r.Warnings["other-source"]+r.Warnings["secret-skipped"] == 0
}

// section is one thing that matters, and the lines about it.
type section struct {
	title string
	lines []string
}

func (r Report) sections() []section {
	list := []section{
		{"Not found in the store", r.told("unaccounted", "")},
		{"Not read: app-data directories inside of this one; import each of them too", r.told("other-source", "")},
		{"Could not be read; nothing of these is kept", r.unreadable(false)},
		{"Could not be read in a zip; the zip is in the quarantine", r.unreadable(true)},
		{"Recovered to the trash (they stood only in backups or leftovers, and the app no longer showed them)", r.kinds(func(c Counts) int64 { return c.Recovered }, "storectl list %s --trash")},
		{"Restored from backups, because the live file was missing, damaged or empty", r.warned("restored-from-backup")},
		{r.would("In quarantine, byte for byte: files that could not be read", "For the quarantine: files that could not be read"), r.files(record.StatusQuarantined)},
		{r.would("Read in part: what could be read is in the store, the whole file is in the quarantine", "Read in part: an import stores what could be read, and keeps the whole file in quarantine"), r.files(record.StatusPartial)},
		{r.would("Read in spite of damage; the file is in the quarantine too", "Read in spite of damage; an import keeps the file in quarantine too"), r.files(record.StatusRecovered)},
		{r.would("In quarantine: values that are no records", "For the quarantine: values that are no records"), either(r.told("stray-element", ""), r.kinds(func(c Counts) int64 { return c.Quarantined }, ""))},
		{"Missing: an index names them, no file holds them; what the index says of them is in the trash",
			either(r.told("missing-entity", "no source holds it"), r.kinds(func(c Counts) int64 { return c.Missing }, ""))},
		{"Attachments whose bytes are nowhere in the source", r.told("missing-blob", "")},
		{"Videos that sessions name and that are not in the source; import the directory that has them, too", r.absentVideos()},
		{"Attachments whose text is no base64; it is kept as it is", r.told("undecodable-base64", "")},
		{"Secrets that were left out, never to be stored; if you still need one, it is in the source", r.told("secret-skipped", "")},
	}
	return list
}

// absentVideos names the sessions whose videos are not in the source.
func (r Report) absentVideos() (out []string) {
	before, after, _ := strings.Cut(AbsentVideo, "%s")
	for _, f := range r.notable {
		for _, w := range f.Warnings {
			if path, ok := strings.CutSuffix(w.Detail, after); ok && w.Code == "dangling-ref" {
				out = append(out, "session "+w.ID+": "+strings.TrimPrefix(path, before))
			}
		}
	}
	return out
}

// either gives the first list that is not empty.
func either(lists ...[]string) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// kinds says for each kind how many records a counter has, and the command that shows
// them, if there is one.
func (r Report) kinds(n func(Counts) int64, command string) (out []string) {
	for _, kind := range Kinds {
		if n := n(r.Collections[kind]); n > 0 {
			name := kind
			if n == 1 {
				name = singular(kind)
			}
			line := humanize.Comma(n) + " " + name
			if command != "" {
				line += ": " + fmt.Sprintf(command, kind)
			}
			out = append(out, line)
		}
	}
	return out
}

func singular(kind string) string {
	if one := names.Collections[kind]; one != "" {
		return one
	}
	return strings.TrimSuffix(kind, "s")
}

func (r Report) files(status string) (out []string) {
	for _, f := range r.notable {
		if f.Status != status {
			continue
		}
		line := fmt.Sprintf("%s (%s", f.Path, humanize.IBytes(uint64(max(f.Bytes, 0))))
		if f.Records > 0 {
			line += ", " + plural(f.Records, "record read", "records read")
		}
		out = append(out, line+")"+reason(f))
	}
	return out
}

// unreadable lists the files that could not be read: those in zips, or the others.
func (r Report) unreadable(inZip bool) []string {
	return slices.DeleteFunc(r.files(record.StatusUnreadable), func(line string) bool { return strings.Contains(line, "!/") != inZip })
}

// reason returns what the findings of a file say about why it is not whole.
func reason(f File) string {
	for _, w := range f.Warnings {
		if w.ID == "" {
			return ": " + strings.TrimSuffix(w.Code+", "+w.Detail, ", ")
		}
	}
	return ""
}

// warned says for each file how many records have a warning.
func (r Report) warned(code string) (out []string) {
	for _, f := range r.notable {
		n := f.More[code]
		for _, w := range f.Warnings {
			if w.Code == code {
				n++
			}
		}
		if n > 0 {
			out = append(out, plural(n, "record", "records")+" from "+f.Path)
		}
	}
	return out
}

func writeSection(b *bytes.Buffer, s section, limit int) {
	if len(s.lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", s.title)
	for i, line := range s.lines {
		if i == limit {
			break
		}
		fmt.Fprintf(b, "  %s\n", strings.NewReplacer("\n", " ", "\r", " ").Replace(line)) // a name begins no line
	}
	more(b, len(s.lines)-limit)
}

// writeNext says which commands help.
func (r Report) writeNext(b *bytes.Buffer) {
	if !r.stored() || r.calm() {
		return
	}
	var list []string
	add := func(needed bool, line string) {
		if needed {
			list = append(list, line)
		}
	}
	recovered, kept := false, len(r.files(record.StatusQuarantined))+len(r.files(record.StatusPartial))+len(r.files(record.StatusRecovered)) > 0
	for _, c := range r.Collections {
		recovered = recovered || c.Recovered+c.Missing > 0
		kept = kept || c.Quarantined > 0
	}
	add(r.Warnings["unaccounted"] > 0, "storectl legacy import SOURCE       bring in what is not in the store; nothing comes twice")
	add(recovered, "storectl undelete KIND ID           bring something out of the trash")
	add(kept, "storectl legacy quarantine list     see what is in quarantine; quarantine export --dir DIR writes it to files")
	add(r.Warnings["conflict-version"] > 0, "storectl history KIND ID            see the other states of a record")
	add(true, "storectl legacy report --all        this report with every list in full; --json for programs")
	add(true, "storectl legacy verify SOURCE       compare again, at any time")
	b.WriteString("\nWhat to do:\n")
	for _, line := range list {
		b.WriteString("  " + line + "\n")
	}
}

func (r Report) writeCounts(b *bytes.Buffer) {
	b.WriteByte('\n')
	rows := [][]string{{"", "found", "live", "recovered", "versions", "duplicates", "quarantined"}}
	for _, kind := range Kinds {
		c := r.Collections[kind]
		if c == (Counts{}) {
			continue
		}
		row := []string{kind}
		for _, n := range []int64{c.Found, c.Live, c.Recovered, c.Versions, c.Duplicates, c.Quarantined} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	writeColumns(b, "", true, rows)
	b.WriteString("  found = live + recovered + versions (in the history)\n          + duplicates (say nothing new) + quarantined\n")
	a, ignored := r.Attachments, 0
	for _, f := range r.notable {
		for _, w := range f.Warnings {
			if w.Code == "unknown-file" {
				ignored++
			}
		}
	}
	fmt.Fprintf(b, "\n%s, %s with %s\n", plural(r.Files.Len(), "file", "files"), plural(int(a.Found), "attachment", "attachments"), plural(int(a.Blobs), "different content", "different contents"))
	if ignored > 0 {
		fmt.Fprintf(b, "%s passed over: not the app's\n", plural(ignored, "file was", "files were"))
	}
}
