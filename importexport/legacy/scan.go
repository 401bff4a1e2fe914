package legacy

import (
	"context"
	"slices"
	"time"

	"taskstore/internal/sqlitedb"
)

// Scan reads every file of src and gives what is in it to sink: records of files
// whose form is read, the files whose form is known and not read as unsupported,
// and what became of each file. Damage never ends a scan; it ends early only with
// the context's error or an error of the sink. What a file holds is read piece by
// piece: memory is bounded by the largest single record.
func Scan(ctx context.Context, src *Source, sink Sink) (err error) {
	defer sqlitedb.Wrap(&err, "scan %s", src.Path)
	sc := &scan{src: src, sink: sink, others: src.otherRoots(), zipped: map[string]*SourceFile{}, used: map[string]bool{}}
	defer sc.closeLogs()
	order, err := sc.order(ctx)
	if err != nil {
		return err
	}
	records, _ := slices.BinarySearchFunc(order, phaseLog, func(t turn, phase int) int { return t.phase - phase })
	for _, t := range order[:records] {
		if err := sc.take(ctx, t.phase, t.file, sc.class(t.file)); err != nil {
			return err
		}
	}
	return sc.rest(ctx, order[records:])
}

// scan is one run over a source.
type scan struct {
	src    *Source
	sink   Sink
	others []string               // of otherRoots
	zipped map[string]*SourceFile // of the zips that were opened, by path
	media  map[string][]string    // base name → paths of raw files
	used   map[string]bool        // base names and paths that records refer to
	stock  stock                  // contents that are filed under their hashes
	told   map[string]bool        // app-data directories inside of the source that were told of
	logs   []*journal             // the write-ahead logs: of the source, and of zips in it
	late   []job                  // members of zips that wait for phaseLog
	parts  map[string][]job       // files of the parts of chunked sessions, by the session's directory

	alike      alike // the paths of all files
	mediaAlike alike // the names in media
}

// A decoder reads one file of a form and gives what it holds to out. It returns
// only errors that end the scan; what it finds wrong it tells out.
type decoder func(ctx context.Context, in *input, out *output) error

// decoders holds the forms that are read. A form without a decoder is reported as
// unsupported and its files go to quarantine.
var decoders map[string]decoder

func init() {
	decoders = map[string]decoder{
		formCollection: decodeCollection,
		formValue:      decodeValue,
		formCopy:       decodeCopy,
		formLoose:      decodeLoose,
		formExport:     decodeExport,
		formOldExport:  decodeExport,
		formSession:    decodeSession,
		formMeta:       decodeMeta,
		formDat:        decodeDat,
		formMedia:      decodeMedia,
		formCAMeta:     decodeCAMeta,
		formCAData:     decodeCAData,
		formDedupMeta:  decodeDedupMeta,
		formDedupDat:   decodeDedupDat,
		formBundle:     decodeBundle,
		formZip:        decodeZip,
		formState:      decodeState,
		formRescue:     decodeState,
		formRecord:     decodeRecord,
		formDatabase:   decodeDatabase,
		formBrowser:    decodeBrowser,
		formIndex:      decodeIndex,
		formEntity:     decodeEntity,
		formEntitySum:  decodeSum,
		formReplayed:   decodeReplayed,
		formCheckpoint: decodeCheckpoint,
		formWAL:        decodeLog,
	}
}

// passed are the forms that hold nothing to import.
var passed = map[string]string{
	formSystem:  "",
	formZipInfo: "",
	formTemp:    "left over by the application; it removes them itself",
	formUnknown: "no file of the application's",
	formOffline: "the file itself is not on this computer; download it first",
	formOther:   "",
}

// input is the file that a decoder reads.
type input struct {
	scan  *scan
	src   *Source
	file  *SourceFile
	class class
	notes *notes
	place string // of the row's value, if it is one of a dump
	key   string // of the row that is read in place of a file; else ""
	text  layer  // what to read in place of the file; nil is the file
	held  []byte // the text of an entity's file, if it was small enough
	read  int64  // bytes read of the file, in all passes
	told  int64  // bytes of it that the progress knows of
}

// passes is how often the text of a file is usually read: to look it through, to
// check it, to give its records.
const passes = 3

// advance tells the progress of n bytes read.
func (in *input) advance(n int) {
	if in.file.member {
		return // the zip is what counts
	}
	in.read += int64(n)
	if next := min(in.read/passes, in.file.Bytes); next-in.told >= 1<<20 {
		in.src.add(next - in.told)
		in.told = next
	}
}

// file reads one file and reports it.
func (sc *scan) file(ctx context.Context, f *SourceFile, c class) error {
	in, out := sc.begin(f, c)
	if err := out.decode(ctx, in); err != nil || !out.waiting {
		return sc.end(ctx, in, out, err)
	}
	return nil
}

// begin prepares the reading of a file. The log has been begun before its turn.
func (sc *scan) begin(f *SourceFile, c class) (*input, *output) {
	for _, j := range sc.logs {
		if j.in.file == f {
			return j.in, j.out
		}
	}
	in := &input{scan: sc, src: sc.src, file: f, class: c, notes: &notes{}}
	return in, newOutput(sc, in)
}

// end reports a file that was read with this error, which ends the scan.
func (sc *scan) end(ctx context.Context, in *input, out *output, err error) error {
	f := in.file
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := sc.src.unchanged(f); err != nil {
		return err
	}
	if !f.member {
		sc.src.add(f.Bytes - in.told)
	}
	sc.noteState(out)
	return out.finish()
}

// decode runs the decoder that the file's form has.
func (out *output) decode(ctx context.Context, in *input) error {
	c := in.class
	if in.file.again {
		out.file.Status = StatusIgnored
		out.warn("unknown-file", "", "a link to a directory whose files are read once, elsewhere")
		return nil
	}
	if in.file.Err != nil && c.Form != formSystem {
		out.unreadable(in.file.Err)
		return nil
	}
	if secretName(c.Key) {
		out.skipSecret(c.Key)
		return nil
	}
	if detail, ok := passed[c.Form]; ok {
		out.file.Status = StatusIgnored
		in.scan.other(in, out)
		if detail != "" {
			out.warn(passedCode(c.Form), "", detail)
		}
		return nil
	}
	if in.file.Bytes == 0 && (c.Form == formWAL || c.Form == formCheckpoint) {
		out.file.Status = StatusIgnored
		return nil
	}
	d, ok := decoders[c.Form]
	if !ok {
		out.unsupported(c.format())
		return nil
	}
	return d(ctx, in, out)
}

// skipSecret leaves out a file that is a secret as a whole.
func (out *output) skipSecret(name string) {
	out.file.Status = StatusIgnored
	out.warn("secret-skipped", "", name)
}

// How a scan tells of an app-data directory inside of the source, around its name.
const otherBefore, otherAfter = "the directory ", " is not read; import it by itself"

// other tells once of each app-data directory inside of the source.
func (sc *scan) other(in *input, out *output) {
	if root := in.class.ID; in.class.Form == formOther && !sc.told[root] {
		put(&sc.told, root, true)
		out.warn("other-source", "", otherBefore+root+otherAfter)
	}
}

func passedCode(form string) string {
	if form == formOffline {
		return "missing-blob"
	}
	return "unknown-file"
}

// layer is the text of the file.
func (in *input) layer(ctx context.Context) layer {
	if in.text != nil {
		return in.text
	}
	return in.src.text(ctx, in.file.Path, in.notes, in.advance)
}

// time returns the time of the file's content: the wrapper's, else the one in the
// name, else the file's own. A time more than a day ahead counts as wrong.
func (in *input) time(inner int64) int64 {
	limit := in.src.now.Add(24 * time.Hour).UnixMilli()
	for _, t := range []int64{inner, in.class.Time} {
		if t > 0 && t <= limit {
			return t
		}
	}
	if in.file.ModTime.IsZero() {
		return 0
	}
	return in.file.ModTime.UnixMilli()
}

// nameISO is a time as the application writes it into names.
var nameISO = matching(`^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)$`)

// isoMillis reads a time as the application writes it, 0 if it is none.
func isoMillis(text string) int64 {
	t, err := time.Parse(time.RFC3339, nameISO.ReplaceAllString(text, "$1:$2:$3.$4"))
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}
