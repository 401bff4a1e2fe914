package legacy

import (
	"bytes"
	"cmp"
	"errors"
	"path"
	"strings"

	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// output collects what comes out of one file on its way to the sink.
type output struct {
	scan     *scan
	sink     Sink
	notes    *notes
	file     File
	counts   map[string]int // the warnings by their code
	time     int64          // of the candidates
	damaged  bool           // the text is not what the application wrote
	doubtful bool           // the damage may lie inside of any record
	spread   bool           // the records are the elements of an array spread into an entity
	single   bool           // the record is one of a collection, not all of it
	reason   string         // why the file goes to quarantine, "" if it does not
	cut      bool           // not all of the text could be read
	marked   bool           // begins with a byte order mark
	zipped   bool           // the file stands in a zip, and nothing in it ranks higher
	most     Rank           // nothing in what is read ranks higher; 0 is no bound
	waiting  bool           // it is read on with other files, and reported then
	dump     *together      // of the database that is read; nil outside of one
	base     string         // the pointer to the document that is read
	stamped  bool           // time is the one in the file's wrapper
	rank     Rank           // of the candidates where it is not the file's; else 0
	at       string         // pointer to what is read; put before those of the records
	// admit, if set, may change a record on its way, and keep it back.
	admit func(*Candidate) bool
}

func newOutput(sc *scan, in *input) *output {
	f := in.file
	return &output{scan: sc, sink: sc.sink, notes: in.notes, marked: f.marked, time: in.time(0), zipped: f.capped, file: File{
		Path: f.Path, Format: in.class.format(), Key: in.class.Key, Rank: in.class.Rank,
		Bytes: f.Bytes, SHA256: f.sum(), ModTime: f.ModTime,
	}}
}

// warn notes a finding about the file, or about the record with this id.
func (out *output) warn(code, id, detail string) {
	put(&out.counts, code, out.counts[code]+1)
	if further := out.counts[code] - maxWarnings; further > 0 {
		put(&out.file.More, code, further)
		return
	}
	out.file.Warnings = append(out.file.Warnings, Warning{code, schema.Spelled(id), strings.ToValidUTF8(detail, "\uFFFD")})
}

// damage notes that the text of the file could not be read as it should.
func (out *output) damage(err error) {
	out.damaged = true
	out.doubtful = out.doubtful || code(err) == "gzip-error"
	out.notes.add(code(err), err.Error())
	out.keep(err.Error())
}

// keep asks for the file's quarantine.
func (out *output) keep(reason string) {
	if out.reason == "" {
		out.reason = reason
	}
}

// noteMark tells of the byte order mark of a file that no scanner reads.
func (out *output) noteMark() {
	if out.marked {
		out.notes.add("bom", "byte order mark at the beginning")
	}
}

// unreadable reports a file of which no byte can be had.
func (out *output) unreadable(err error) {
	out.file.Status = StatusUnreadable
	code := "unreadable"
	if errors.Is(err, errOutside) {
		code = "unsafe-path"
	}
	out.warn(code, "", err.Error())
}

// unsupported reports a form that is known and not read.
func (out *output) unsupported(form string) {
	out.file.Format, out.file.Status = form, StatusUnsupported
	out.warn("unsupported", "", "files of the form "+form+" are not read")
	out.keep("unsupported: " + form)
}

// standAs sets the rank of what the file holds.
func (out *output) standAs(r Rank) { out.file.Rank = out.capped(r) }

// capped is the rank r of something in the file; in a zip that is a copy nothing ranks
// higher than the zip.
func (out *output) capped(r Rank) Rank {
	if out.most != 0 {
		return min(r, out.most)
	}
	if out.zipped && r.Live() {
		return RankZip
	}
	return r
}

// candidate gives a record to the sink.
func (out *output) candidate(c Candidate) error {
	c.File, c.Damaged = out.file.Path, c.Damaged || out.damaged
	c.Raw = plainly(c.Raw)
	c.Rank, c.Time, c.Pointer = cmp.Or(out.rank, out.file.Rank), out.time, out.at+c.Pointer
	if out.admit != nil && !out.admit(&c) {
		return nil
	}
	if c.Collection != "other" && c.Collection != "settings" {
		var places []string
		c.Raw, places = recordWithoutSecrets(c.Raw)
		for _, place := range places {
			out.warn("secret-skipped", c.ID, c.Pointer+place)
		}
	}
	out.scan.saw(&c)
	out.file.Records++
	out.scan.record(&c)
	if c.Collection != "other" && len(out.scan.media) > 0 {
		out.scan.refer(c.Raw)
	}
	c.ID = keptID(c.Collection, c.ID)
	if err := out.sink.Candidate(c); err != nil {
		return sinkError{err}
	}
	return nil
}

// stray gives a value that is no record to the sink.
func (out *output) stray(s Stray) error {
	s.File, s.Pointer, s.Raw = out.file.Path, out.at+s.Pointer, plainString(s.Raw)
	raw, hit, err := blanked(s.Raw)
	if err != nil {
		return err
	}
	if s.Raw = raw; hit {
		out.warn("secret-skipped", "", s.Pointer)
	}
	out.file.Records++
	out.warn("stray-element", "", s.Pointer+": "+s.Reason)
	if err := out.sink.Stray(s); err != nil {
		return sinkError{err}
	}
	return nil
}

// finish reports the file.
func (out *output) finish() error {
	f := &out.file
	f.Time = out.time
	for _, w := range out.notes.list {
		out.warn(w.code, "", w.detail)
	}
	if out.notes.has("invalid-utf8") || out.notes.has("undecodable-base64") || out.notes.has("gzip-error") {
		out.keep("not the text that the application wrote")
	}
	if f.Status == "" {
		switch {
		case out.reason == "":
			f.Status = StatusOK
		case f.Records == 0:
			f.Status = StatusQuarantined
		case out.cut:
			f.Status = StatusPartial
		default:
			f.Status = StatusRecovered
		}
	}
	if out.reason != "" {
		if err := out.sink.Quarantine(f.Path, out.reason); err != nil {
			return sinkError{err}
		}
	}
	if err := out.sink.File(*f); err != nil {
		return sinkError{err}
	}
	return nil
}

// refer notes the names of the files that a record points to.
func (sc *scan) refer(raw jsontext.Value) {
	for _, member := range []string{`"path":"`, `"optimizedPath":"`} {
		for rest := []byte(raw); ; {
			i := bytes.Index(rest, []byte(member))
			if i < 0 {
				break
			}
			rest = rest[i+len(member):]
			end := bytes.IndexByte(rest, '"')
			if end > 0 && end < 4096 {
				sc.used[baseName(unquote(append([]byte{'"'}, rest[:end+1]...)))] = true
			}
		}
	}
}

// baseName is the last part of a path of any system.
func baseName(p string) string { return path.Base(strings.ReplaceAll(p, `\`, "/")) }
