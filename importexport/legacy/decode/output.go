package decode

import (
	"bytes"
	"cmp"
	"errors"
	"path"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/redact"
	"taskstore/importexport/legacy/source"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// output collects what comes out of one file on its way to the sink.
type output struct {
	scan     *scan
	sink     record.Sink
	notes    *rawjson.Notes
	file     record.File
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
	most     record.Rank    // nothing in what is read ranks higher; 0 is no bound
	waiting  bool           // it is read on with other files, and reported then
	dump     *together      // of the database that is read; nil outside of one
	base     string         // the pointer to the document that is read
	stamped  bool           // time is the one in the file's wrapper
	rank     record.Rank    // of the candidates where it is not the file's; else 0
	at       string         // pointer to what is read; put before those of the records
	surplus  []string       // members of the object that is read which no wrapper has
	// admit, if set, may change a record on its way, and keep it back.
	admit func(*record.Candidate) bool
}

func newOutput(sc *scan, in *input) *output {
	f := in.file
	return &output{scan: sc, sink: sc.sink, notes: in.notes, marked: f.Marked, time: in.time(0), zipped: f.Capped, file: record.File{
		Path: f.Path, Format: in.class.Format(), Key: in.class.Key, Rank: in.class.Rank,
		Bytes: f.Bytes, SHA256: f.HexSum(), ModTime: f.ModTime,
	}}
}

// warn notes a finding about the file, or about the record with this id.
func (out *output) warn(code, id, detail string) {
	Put(&out.counts, code, out.counts[code]+1)
	if further := out.counts[code] - record.MaxWarnings; further > 0 {
		Put(&out.file.More, code, further)
		return
	}
	out.file.Warnings = append(out.file.Warnings, record.Warning{Code: code, ID: schema.Spelled(id), Detail: strings.ToValidUTF8(detail, "\uFFFD")})
}

// damage notes that the text of the file could not be read as it should.
func (out *output) damage(err error) {
	out.damaged = true
	out.doubtful = out.doubtful || rawjson.Code(err) == "gzip-error"
	out.notes.Add(rawjson.Code(err), err.Error())
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
		out.notes.Add("bom", "byte order mark at the beginning")
	}
}

// unreadable reports a file of which no byte can be had.
func (out *output) unreadable(err error) {
	out.file.Status = record.StatusUnreadable
	code := "unreadable"
	if errors.Is(err, source.ErrOutside) {
		code = "unsafe-path"
	}
	out.warn(code, "", err.Error())
}

// unsupported reports a form that is known and not read.
func (out *output) unsupported(form string) {
	out.file.Format, out.file.Status = form, record.StatusUnsupported
	out.warn("unsupported", "", "files of the form "+form+" are not read")
	out.keep("unsupported: " + form)
}

// standAs sets the rank of what the file holds.
func (out *output) standAs(r record.Rank) { out.file.Rank = out.capped(r) }

// capped is the rank r of something in the file; in a zip that is a copy nothing ranks
// higher than the zip.
func (out *output) capped(r record.Rank) record.Rank {
	if out.most != 0 {
		return min(r, out.most)
	}
	if out.zipped && r.Live() {
		return record.RankZip
	}
	return r
}

// candidate gives a record to the sink.
func (out *output) candidate(c record.Candidate) error {
	c.File, c.Damaged = out.file.Path, c.Damaged || out.damaged
	c.Raw = record.Plainly(c.Raw)
	c.Rank, c.Time, c.Pointer = cmp.Or(out.rank, out.file.Rank), out.time, out.at+c.Pointer
	if out.admit != nil && !out.admit(&c) {
		return nil
	}
	if c.Collection != "other" && c.Collection != "settings" {
		var places []string
		c.Raw, places = redact.RecordWithoutSecrets(c.Raw)
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
	c.ID = record.KeptID(c.Collection, c.ID)
	if err := out.sink.Candidate(c); err != nil {
		return rawjson.SinkError{Err: err}
	}
	return nil
}

// stray gives a value that is no record to the sink.
func (out *output) stray(s record.Stray) error {
	s.File, s.Pointer, s.Raw = out.file.Path, out.at+s.Pointer, record.PlainString(s.Raw)
	raw, hit, err := redact.Blanked(s.Raw)
	if err != nil {
		return err
	}
	if s.Raw = raw; hit {
		out.warn("secret-skipped", "", s.Pointer)
	}
	out.file.Records++
	out.warn("stray-element", "", s.Pointer+": "+s.Reason)
	if err := out.sink.Stray(s); err != nil {
		return rawjson.SinkError{Err: err}
	}
	return nil
}

// finish reports the file.
func (out *output) finish() error {
	f := &out.file
	f.Time = out.time
	for _, w := range out.notes.List {
		out.warn(w.Code, "", w.Detail)
	}
	if out.notes.Has("invalid-utf8") || out.notes.Has("malformed") || out.notes.Has("undecodable-base64") || out.notes.Has("gzip-error") {
		out.keep("not the text that the application wrote")
	}
	if f.Status == "" {
		switch {
		case out.reason == "":
			f.Status = record.StatusOK
		case f.Records == 0:
			f.Status = record.StatusQuarantined
		case out.cut:
			f.Status = record.StatusPartial
		default:
			f.Status = record.StatusRecovered
		}
	}
	if out.reason != "" {
		if err := out.sink.Quarantine(f.Path, out.reason); err != nil {
			return rawjson.SinkError{Err: err}
		}
	}
	if err := out.sink.File(*f); err != nil {
		return rawjson.SinkError{Err: err}
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
				sc.used[baseName(rawjson.Unquote(append([]byte{'"'}, rest[:end+1]...)))] = true
			}
		}
	}
}

// baseName is the last part of a path of any system.
func baseName(p string) string { return path.Base(strings.ReplaceAll(p, `\`, "/")) }
