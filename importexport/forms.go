package importexport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"taskstore/importexport/archive"
	"taskstore/repo"
	"taskstore/schema"
)

// Format names a form of an export.
type Format string

// The forms. An import reads all but CSV and Markdown, which are for people and
// do not hold everything.
const (
	FormatJSON     Format = "json"        // one document, a list for each kind
	FormatNDJSON   Format = "ndjson"      // a record a line, each with its kind
	FormatLegacy   Format = "legacy-json" // the app's own single-file export
	FormatCSV      Format = "csv"         // one kind, a column for each member
	FormatMarkdown Format = "markdown"    // for reading
	FormatArchive  Format = "archive"     // the whole store: history, trash, contents, hashes
)

// Formats are the names of all forms.
func Formats() []Format {
	return []Format{FormatJSON, FormatNDJSON, FormatLegacy, FormatCSV, FormatMarkdown, FormatArchive}
}

// formJSON is what a JSON export says of itself.
const formJSON = "taskstore-json/1"

// writer writes an export: begin, then the records, then end.
type writer interface {
	begin(x *portable) error
	record(x *portable, k repo.Kind, value any, first bool) error
	setting(x *portable, s *schema.Setting, first bool) error
	collection(x *portable, name string, begin bool) error
	end(x *portable, at schema.Time) error
}

// portable is an export of records at work.
type portable struct {
	exporter
	ctx context.Context
}

// Export writes the records of a store in a form, from one snapshot. Live ones,
// and with Options.Trash those in the trash; an archive always has everything.
// What is held in memory at once is one record without its large contents, which are
// read once to see that they are sound and once to be written.
func Export(ctx context.Context, s *repo.Store, w io.Writer, form Format, at schema.Time, opt Options) (res Result, err error) {
	if err := checkKinds(form, opt.Kinds); err != nil {
		return res, err
	}
	forms := map[Format]writer{FormatJSON: &jsonForm{}, FormatNDJSON: &jsonForm{lines: true}, FormatCSV: &csvForm{}, FormatMarkdown: &markdownForm{}}
	switch form {
	case FormatLegacy:
		return LegacyJSON(ctx, s, w, at, opt)
	case FormatArchive:
		return exportArchive(ctx, s, w, at, opt)
	}
	out, ok := forms[form]
	if !ok {
		return res, &schema.InvalidError{Kind: "export", Field: "format", Problem: fmt.Sprintf("%q is none of %v", form, Formats())}
	}
	buf := bufio.NewWriterSize(w, 1<<16)
	x := &portable{exporter{store: s, w: buf, opt: opt, res: Result{Collections: map[string]int{}}}, ctx}
	err = s.View(ctx, func(ctx context.Context, tx *repo.Tx) error { return x.run(ctx, tx, out, at) })
	if err = errors.Join(err, buf.Flush()); err != nil {
		return x.res, fmt.Errorf("export: %w", err)
	}
	return x.res, nil
}

// exportArchive writes the archive of the store.
func exportArchive(ctx context.Context, s *repo.Store, w io.Writer, at schema.Time, opt Options) (res Result, err error) {
	counted := &countingWriter{w: w}
	m, err := archive.Write(ctx, s, counted, at, opt.Progress)
	res = Result{Collections: m.Collections, Bytes: counted.n}
	for _, sum := range m.Missing {
		res.Missing = append(res.Missing, Missing{"contents", "", sum})
	}
	if err != nil {
		err = fmt.Errorf("export: %w", err)
	}
	return res, err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func checkKinds(form Format, kinds []string) error {
	all := Kinds()
	if form == FormatLegacy {
		all = LegacyKinds()
	}
	for _, k := range kinds {
		if !slices.Contains(all, k) {
			return &schema.InvalidError{Kind: "export", Field: "kinds", Problem: fmt.Sprintf("%q is none of %v", k, all)}
		}
	}
	if form == FormatCSV && len(kinds) != 1 {
		return &schema.InvalidError{Kind: "export", Field: "kinds", Problem: "must name one kind: a CSV file holds the rows of one"}
	}
	return nil
}

func (x *portable) run(ctx context.Context, tx *repo.Tx, out writer, at schema.Time) error {
	if err := x.countAll(ctx, tx); err != nil {
		return err
	}
	if err := out.begin(x); err != nil {
		return err
	}
	for _, k := range repo.Kinds() {
		if err := x.one(ctx, tx, out, k); err != nil {
			return err
		}
	}
	return out.end(x, at)
}

func (x *portable) countAll(ctx context.Context, tx *repo.Tx) error {
	for _, k := range repo.Kinds() {
		if !x.wants(k.Plural) {
			continue
		}
		live, err := k.In(&tx.Repos).Count(ctx, repo.Query{})
		if err != nil {
			return err
		}
		trash, err := k.In(&tx.Repos).Count(ctx, repo.Query{Trash: true})
		if err != nil {
			return err
		}
		x.total += live
		if x.opt.Trash {
			x.total += trash
		} else {
			x.res.InTrash += trash
		}
	}
	return nil
}

func (x *portable) one(ctx context.Context, tx *repo.Tx, out writer, k repo.Kind) error {
	name := k.Plural
	if !x.wants(name) {
		return nil
	}
	x.res.Collections[name] = 0
	if err := out.collection(x, name, true); err != nil {
		return err
	}
	write := func(value any) error {
		var err error
		first := x.res.Collections[name] == 0
		if s, ok := value.(*schema.Setting); ok {
			err = out.setting(x, s, first)
		} else {
			err = out.record(x, k, value, first)
		}
		if err != nil {
			return err
		}
		x.res.Collections[name]++
		x.step()
		return nil
	}
	if err := eachOf(ctx, tx, k, false, write); err != nil {
		return err
	}
	if x.opt.Trash {
		if err := eachOf(ctx, tx, k, true, write); err != nil {
			return err
		}
	}
	return out.collection(x, name, false)
}

// ownMembers are the members that an export adds to a record.
type ownMembers struct {
	Kind  string     `json:"_kind,omitempty"`
	Rev   int64      `json:"_rev,omitempty"`
	Trash *trashMark `json:"_trash,omitempty"`
	File  *fileBytes `json:"_file,omitempty"`
}

type trashMark struct {
	At     schema.Time `json:"at"`
	Reason string      `json:"reason"`
}

// fileBytes is the content of an attachment that never stood in its JSON.
type fileBytes struct {
	SHA256 string `json:"sha256"`
	Form   string `json:"form"`
	Base64 string `json:"base64"`
}

// own gives the members that an export adds to a record. The bytes of a file are written
// with the record.
func (x *portable) own(k repo.Kind, value any, kind bool) (own ownMembers, err error) {
	h := k.Head(value)
	own.Rev = h.Rev
	if kind {
		own.Kind = k.Name
	}
	if h.TrashedAt != "" {
		own.Trash = &trashMark{h.TrashedAt, h.TrashReason}
	}
	a, ok := value.(*schema.Attachment)
	if !ok || a.File.Blob == "" {
		return own, nil
	}
	if err := x.store.Contents.Verify(x.ctx, a.File.Blob); err != nil {
		return own, x.missing(err, k.Plural, h.ID, a.File)
	}
	own.File = &fileBytes{SHA256: a.File.Blob, Form: a.File.Form}
	return own, nil
}

// appended adds the members of more to the text of a JSON object.
func appended(object []byte, more any) ([]byte, error) {
	var add bytes.Buffer
	encoder := json.NewEncoder(&add)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(more); err != nil {
		return nil, err
	}
	text := bytes.TrimRight(add.Bytes(), "\n")
	if len(text) <= 2 {
		return object, nil
	}
	out := bytes.Clone(bytes.TrimSuffix(object, []byte("}")))
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(out, text[1:]...), nil
}
