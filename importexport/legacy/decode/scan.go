package decode

import (
	"context"
	"slices"
	"time"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/internal/pattern"
	"taskstore/internal/sqlitedb"
)

// Scan reads every file of src and gives what is in it to sink: records of files
// whose form is read, the files whose form is known and not read as unsupported,
// and what became of each file. Damage never ends a scan; it ends early only with
// the context's error or an error of the sink. What a file holds is read piece by
// piece: memory is bounded by the largest single record.
func Scan(ctx context.Context, src *source.Source, sink record.Sink) (err error) {
	defer sqlitedb.Wrap(&err, "scan %s", src.Path)
	sc := &scan{src: src, sink: sink, others: src.OtherRoots(), zipped: map[string]*source.File{}, used: map[string]bool{}}
	defer sc.closeLogs()
	order, err := sc.order(ctx)
	if err != nil {
		return err
	}
	records, _ := slices.BinarySearchFunc(order, phaseLog, func(t turn, phase int) int { return t.phase - phase })
	for _, t := range order[:records] {
		if err := sc.readInTurn(ctx, t.phase, t.file, sc.class(t.file)); err != nil {
			return err
		}
	}
	return sc.rest(ctx, order[records:])
}

// scan is one run over a source.
type scan struct {
	src    *source.Source
	sink   record.Sink
	others []string                // of otherRoots
	zipped map[string]*source.File // of the zips that were opened, by path
	media  map[string][]string     // base name → paths of raw files
	used   map[string]bool         // base names and paths that records refer to
	stock  stock                   // contents that are filed under their hashes
	told   map[string]bool         // app-data directories inside of the source that were told of
	logs   []*journal              // the write-ahead logs: of the source, and of zips in it
	late   []job                   // members of zips that wait for phaseLog
	parts  map[string][]job        // files of the parts of chunked sessions, by the session's directory

	alike      names.Alike // the paths of all files
	mediaAlike names.Alike // the names in media
}

// A decoder reads one file of a form and gives what it holds to out. It returns
// only errors that end the scan; what it finds wrong it tells out.
type decoder func(ctx context.Context, in *input, out *output) error

// decoders holds the forms that are read. A form without a decoder is reported as
// unsupported and its files go to quarantine.
var decoders map[string]decoder

func init() {
	decoders = map[string]decoder{
		names.FormCollection: decodeCollection,
		names.FormValue:      decodeValue,
		names.FormCopy:       decodeCopy,
		names.FormLoose:      decodeLoose,
		names.FormExport:     decodeExport,
		names.FormOldExport:  decodeExport,
		names.FormSession:    decodeSession,
		names.FormMeta:       decodeMeta,
		names.FormDat:        decodeDat,
		names.FormMedia:      decodeMedia,
		names.FormCAMeta:     decodeCAMeta,
		names.FormCAData:     decodeCAData,
		names.FormDedupMeta:  decodeDedupMeta,
		names.FormDedupDat:   decodeDedupDat,
		names.FormBundle:     decodeBundle,
		names.FormZip:        decodeZip,
		names.FormState:      decodeState,
		names.FormRescue:     decodeState,
		names.FormRecord:     decodeRecord,
		names.FormDatabase:   decodeDatabase,
		names.FormBrowser:    decodeBrowser,
		names.FormIndex:      decodeIndex,
		names.FormEntity:     decodeEntity,
		names.FormEntitySum:  decodeSum,
		names.FormReplayed:   decodeReplayed,
		names.FormCheckpoint: decodeCheckpoint,
		names.FormWAL:        decodeLog,
	}
}

// passed are the forms that hold nothing to import.
var passed = map[string]string{
	names.FormSystem:  "",
	names.FormZipInfo: "",
	names.FormTemp:    "left over by the application; it removes them itself",
	names.FormUnknown: "no file of the application's",
	names.FormOffline: "the file itself is not on this computer; download it first",
	names.FormOther:   "",
}

// input is the file that a decoder reads.
type input struct {
	scan  *scan
	src   *source.Source
	file  *source.File
	class names.Class
	notes *rawjson.Notes
	place string        // of the row's value, if it is one of a dump
	key   string        // of the row that is read in place of a file; else ""
	text  rawjson.Layer // what to read in place of the file; nil is the file
	held  []byte        // the text of an entity's file, if it was small enough
	read  int64         // bytes read of the file, in all passes
	told  int64         // bytes of it that the progress knows of
}

// passes is how often the text of a file is usually read: to look it through, to
// check it, to give its records.
const passes = 3

// advance tells the progress of n bytes read.
func (in *input) advance(n int) {
	if in.file.Member {
		return // the zip is what counts
	}
	in.read += int64(n)
	if next := min(in.read/passes, in.file.Bytes); next-in.told >= 1<<20 {
		in.src.Add(next - in.told)
		in.told = next
	}
}

// file reads one file and reports it.
func (sc *scan) file(ctx context.Context, f *source.File, c names.Class) error {
	in, out := sc.begin(f, c)
	if err := out.decode(ctx, in); err != nil || !out.waiting {
		return sc.end(ctx, in, out, err)
	}
	return nil
}

// begin prepares the reading of a file. The log has been begun before its turn.
func (sc *scan) begin(f *source.File, c names.Class) (*input, *output) {
	for _, j := range sc.logs {
		if j.in.file == f {
			return j.in, j.out
		}
	}
	in := &input{scan: sc, src: sc.src, file: f, class: c, notes: &rawjson.Notes{}}
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
	if err := sc.src.Unchanged(f); err != nil {
		return err
	}
	if !f.Member {
		sc.src.Add(f.Bytes - in.told)
	}
	sc.noteState(out)
	return out.finish()
}

// decode runs the decoder that the file's form has.
func (out *output) decode(ctx context.Context, in *input) error {
	c := in.class
	if in.file.Again {
		out.file.Status = record.StatusIgnored
		out.warn("unknown-file", "", "a link to a directory whose files are read once, elsewhere")
		return nil
	}
	if in.file.Err != nil && c.Form != names.FormSystem {
		out.unreadable(in.file.Err)
		return nil
	}
	if names.SecretName(c.Key) {
		out.skipSecret(c.Key)
		return nil
	}
	if detail, ok := passed[c.Form]; ok {
		out.file.Status = record.StatusIgnored
		in.scan.other(in, out)
		if detail != "" {
			out.warn(passedCode(c.Form), "", detail)
		}
		return nil
	}
	if in.file.Bytes == 0 && (c.Form == names.FormWAL || c.Form == names.FormCheckpoint) {
		out.file.Status = record.StatusIgnored
		return nil
	}
	d, ok := decoders[c.Form]
	if !ok {
		out.unsupported(c.Format())
		return nil
	}
	return d(ctx, in, out)
}

// skipSecret leaves out a file that is a secret as a whole.
func (out *output) skipSecret(name string) {
	out.file.Status = record.StatusIgnored
	out.warn("secret-skipped", "", name)
}

// How a scan tells of an app-data directory inside of the source, around its name.
const OtherBefore, OtherAfter = "the directory ", " is not read; import it by itself"

// other tells once of each app-data directory inside of the source.
func (sc *scan) other(in *input, out *output) {
	if root := in.class.ID; in.class.Form == names.FormOther && !sc.told[root] {
		Put(&sc.told, root, true)
		out.warn("other-source", "", OtherBefore+root+OtherAfter)
	}
}

func passedCode(form string) string {
	if form == names.FormOffline {
		return "missing-blob"
	}
	return "unknown-file"
}

// layer is the text of the file.
func (in *input) layer(ctx context.Context) rawjson.Layer {
	if in.text != nil {
		return in.text
	}
	return in.src.Text(ctx, in.file.Path, in.notes, in.advance)
}

// time returns the time of the file's content: the wrapper's, else the one in the
// name, else the file's own. A time more than a day ahead counts as wrong.
func (in *input) time(inner int64) int64 {
	limit := in.src.Now.Add(24 * time.Hour).UnixMilli()
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
var nameISO = pattern.Of(`^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)$`)

// isoMillis reads a time as the application writes it, 0 if it is none.
func isoMillis(text string) int64 {
	t, err := time.Parse(time.RFC3339, nameISO.ReplaceAllString(text, "$1:$2:$3.$4"))
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}
