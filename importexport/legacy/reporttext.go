package legacy

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

// maxNamed is how many ids or files a section of the printed report names.
const maxNamed = 20

// WriteText prints the report for a person: first what was recovered, set aside or
// is missing, with the files it concerns, then the counts.
func (r Report) WriteText(w io.Writer) (err error) {
	defer wrap(&err, "print the report")
	var b bytes.Buffer
	r.writeHead(&b)
	for _, section := range r.sections() {
		writeSection(&b, section)
	}
	r.writeCounts(&b)
	r.writeNotes(&b)
	_, err = w.Write(b.Bytes())
	return err
}

func (r Report) writeHead(b *bytes.Buffer) {
	verified := "not verified"
	if r.Verified {
		verified = "verified: every record that was read is accounted for"
	}
	fmt.Fprintf(b, "Import of %s\n%s\n", r.Source, verified)
	if !r.Findings() && r.Warnings["unaccounted"] == 0 {
		b.WriteString("Nothing needs attention.\n")
	}
}

// section is one thing that matters, and the lines about it.
type section struct {
	title string
	lines []string
}

func (r Report) sections() []section {
	a := r.Attachments
	list := []section{
		{"Not found in the store", r.told("unaccounted")},
		{"Recovered to the trash (they stood only in backups or leftovers; look there, and undelete what you want)", r.lines(func(c Counts) int64 { return c.Recovered })},
		{"Restored from backups, because the live file was missing, damaged or empty", r.warned("restored-from-backup")},
		{"Set aside: files that could not be read, byte for byte in the quarantine (storectl legacy quarantine list)", r.files(StatusQuarantined)},
		{"Read in part: the rest is in the quarantine", r.files(StatusPartial)},
		{"Read in spite of damage", r.files(StatusRecovered)},
		{"Set aside: values that are no records", r.lines(func(c Counts) int64 { return c.Quarantined })},
		{"Missing: an index names them, no file holds them", r.lines(func(c Counts) int64 { return c.Missing })},
	}
	var contents []string
	if a.Missing > 0 {
		contents = append(contents, fmt.Sprintf("%s attachments have no content anywhere", humanize.Comma(a.Missing)))
	}
	if a.Undecodable > 0 {
		contents = append(contents, fmt.Sprintf("%s attachments hold text that is no base64; it is kept as it is", humanize.Comma(a.Undecodable)))
	}
	return append(list, section{"Contents of attachments", contents},
		section{"Contents that no record refers to; they are kept as attachments", r.orphanLines()})
}

// lines says for each kind how many records a counter has.
func (r Report) lines(n func(Counts) int64) (out []string) {
	for _, kind := range reportKinds {
		if n := n(r.Collections[kind]); n > 0 {
			out = append(out, humanize.Comma(n)+" "+kind)
		}
	}
	return out
}

func (r Report) files(status string) (out []string) {
	for _, f := range r.Files {
		if f.Status != status {
			continue
		}
		line := fmt.Sprintf("%s (%s", f.Path, humanize.IBytes(uint64(max(f.Bytes, 0))))
		if f.Records > 0 {
			line += fmt.Sprintf(", %s records read", humanize.Comma(int64(f.Records)))
		}
		out = append(out, line+")"+reason(f))
	}
	return out
}

// reason returns what the findings of a file say about why it is not whole.
func reason(f FileReport) string {
	for _, w := range f.Warnings {
		if w.ID == "" {
			return ": " + strings.TrimSuffix(w.Code+", "+w.Detail, ", ")
		}
	}
	return ""
}

// warned says for each file how many records have a warning.
func (r Report) warned(code string) (out []string) {
	for _, f := range r.Files {
		n := 0
		for _, w := range f.Warnings {
			if w.Code == code {
				n++
			}
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%s records from %s", humanize.Comma(int64(n)), f.Path))
		}
	}
	return out
}

func writeSection(b *bytes.Buffer, s section) {
	if len(s.lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", s.title)
	for i, line := range s.lines {
		if i == maxNamed {
			fmt.Fprintf(b, "  and %d more; --json names all\n", len(s.lines)-i)
			return
		}
		fmt.Fprintf(b, "  %s\n", line)
	}
}

func (r Report) writeCounts(b *bytes.Buffer) {
	b.WriteByte('\n')
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tfound\tlive\trecovered\tversions\tduplicates\tset aside\t")
	for _, kind := range reportKinds {
		c := r.Collections[kind]
		if c == (Counts{}) {
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", kind, c.Found, c.Live, c.Recovered, c.Versions, c.Duplicates, c.Quarantined)
	}
	t.Flush()
	a := r.Attachments
	fmt.Fprintf(b, "\n%d files, %d attachments with %d different contents\n", len(r.Files), a.Found, a.Blobs)
}
