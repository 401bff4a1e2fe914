package source

import (
	"context"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"
)

// OpenContent opens what a Content stands for: the bytes themselves for
// ContentFile, else the base64 text as the application was given it, which
// NewDatReader decodes. It is read piece by piece, however large it is, and as
// often as it is opened. Content that the application compressed is plain here. The
// error is fs.ErrNotExist when the file is gone or there is nothing in it.
func (src *Source) OpenContent(ctx context.Context, c record.Content) (_ io.ReadCloser, err error) {
	defer sqlitedb.Wrap(&err, "open the content in %s", filepath.Join(c.Path, c.Member))
	if c.Path == "" {
		if c.Inline == "" {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(c.Inline)), nil
	}
	rel, err := filepath.Rel(src.Dir, c.Path)
	if err != nil {
		return nil, err
	}
	path := EscapedName(filepath.ToSlash(rel))
	if c.Form == record.ContentRow {
		return src.openRow(ctx, c.Member)
	}
	if c.Form == record.ContentLine {
		offset, err := strconv.ParseInt(c.Member, 10, 64)
		if err != nil {
			return nil, err
		}
		return rawjson.OpenText(src.Line(ctx, path, offset, &rawjson.Notes{}))
	}
	if c.Member != "" {
		path = MemberPath(path, c.Member)
	}
	if c.Form != record.ContentText {
		f, err := src.Reader(ctx, path, nil)
		if err == nil && c.Form == record.ContentDat {
			f = rawjson.PlainText(f)
		}
		return f, err
	}
	return rawjson.OpenText(src.Text(ctx, path, &rawjson.Notes{}, nil))
}

// Text is the text of a file. What it is found to have goes to n; read, if set, is
// told how many bytes were read.
func (src *Source) Text(ctx context.Context, path string, n *rawjson.Notes, read func(int)) rawjson.Layer {
	return func(tap io.Writer) (*rawjson.Scanner, error) {
		f, err := src.Reader(ctx, path, read)
		if err != nil {
			return nil, err
		}
		s := rawjson.NewScanner(ctx, f, n, f.Close)
		s.Tap = tap
		return s, nil
	}
}

// Line is the value that the line of a log writes which begins at an offset.
func (src *Source) Line(ctx context.Context, path string, offset int64, n *rawjson.Notes) rawjson.Layer {
	l := rawjson.Layer(func(tap io.Writer) (*rawjson.Scanner, error) {
		f, err := src.openAt(ctx, path, offset)
		if err != nil {
			return nil, err
		}
		s := rawjson.NewScanner(ctx, f, n, f.Close)
		s.Tap = tap
		return s, nil
	})
	return func(tap io.Writer) (*rawjson.Scanner, error) {
		sh, err := rawjson.Probe(l)
		if err != nil {
			return nil, err
		}
		return l.Member(sh.DataAt)(tap)
	}
}

// openAt opens a file, or a member of a zip, at an offset.
func (src *Source) openAt(ctx context.Context, path string, offset int64) (io.ReadCloser, error) {
	f, err := src.Reader(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	if c, ok := f.(*contextFile); ok {
		_, err = c.file.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, offset)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Content says that an attachment's bytes are in a file of the source.
func (src *Source) Content(path, form string) *record.Content {
	if outer, member, ok := CutMember(path); ok {
		return &record.Content{Path: src.Abs(outer), Member: member, Form: form}
	}
	return &record.Content{Path: src.Abs(path), Form: form}
}

// openRow opens the text that stands in a row of a dump which the scan has read; at says
// where.
func (src *Source) openRow(ctx context.Context, at string) (io.ReadCloser, error) {
	number, from, _ := strings.Cut(at, ":")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(src.Placed) {
		return nil, fs.ErrNotExist
	}
	p := rawjson.Spot{Placed: src.Placed[n], Ctx: ctx, Notes: &rawjson.Notes{}}
	if p.From, err = strconv.ParseInt(from, 10, 64); err != nil {
		return nil, err
	}
	return rawjson.OpenText(p.Enclosed(0, 0))
}
