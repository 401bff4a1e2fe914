package legacy

import (
	"context"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"taskstore/internal/sqlitedb"
)

// OpenContent opens what a Content stands for: the bytes themselves for
// ContentFile, else the base64 text as the application was given it, which
// NewDatReader decodes. It is read piece by piece, however large it is, and as
// often as it is opened. Content that the application compressed is plain here. The
// error is fs.ErrNotExist when the file is gone or there is nothing in it.
func (src *Source) OpenContent(ctx context.Context, c Content) (_ io.ReadCloser, err error) {
	defer sqlitedb.Wrap(&err, "open the content in %s", filepath.Join(c.Path, c.Member))
	if c.Path == "" {
		if c.Inline == "" {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(c.Inline)), nil
	}
	rel, err := filepath.Rel(src.dir, c.Path)
	if err != nil {
		return nil, err
	}
	path := escapedName(filepath.ToSlash(rel))
	if c.Form == ContentRow {
		return src.openRow(ctx, c.Member)
	}
	if c.Form == ContentLine {
		offset, err := strconv.ParseInt(c.Member, 10, 64)
		if err != nil {
			return nil, err
		}
		return openText(src.line(ctx, path, offset, &notes{}))
	}
	if c.Member != "" {
		path = memberPath(path, c.Member)
	}
	if c.Form != ContentText {
		f, err := src.open(ctx, path, nil)
		if err == nil && c.Form == ContentDat {
			f = plainText(f)
		}
		return f, err
	}
	return openText(src.text(ctx, path, &notes{}, nil))
}

// text is the text of a file. What it is found to have goes to n; read, if set, is
// told how many bytes were read.
func (src *Source) text(ctx context.Context, path string, n *notes, read func(int)) layer {
	return func(tap io.Writer) (*scanner, error) {
		f, err := src.open(ctx, path, read)
		if err != nil {
			return nil, err
		}
		s := newScanner(ctx, f, n, f.Close)
		s.tap = tap
		return s, nil
	}
}

// line is the value that the line of a log writes which begins at an offset.
func (src *Source) line(ctx context.Context, path string, offset int64, n *notes) layer {
	l := layer(func(tap io.Writer) (*scanner, error) {
		f, err := src.openAt(ctx, path, offset)
		if err != nil {
			return nil, err
		}
		s := newScanner(ctx, f, n, f.Close)
		s.tap = tap
		return s, nil
	})
	return func(tap io.Writer) (*scanner, error) {
		sh, err := probe(l)
		if err != nil {
			return nil, err
		}
		return l.member(sh.dataAt)(tap)
	}
}

// openAt opens a file, or a member of a zip, at an offset.
func (src *Source) openAt(ctx context.Context, path string, offset int64) (io.ReadCloser, error) {
	f, err := src.open(ctx, path, nil)
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

// content says that an attachment's bytes are in a file of the source.
func (src *Source) content(path, form string) *Content {
	if outer, member, ok := cutMember(path); ok {
		return &Content{Path: src.abs(outer), Member: member, Form: form}
	}
	return &Content{Path: src.abs(path), Form: form}
}

// openRow opens the text that stands in a row of a dump which the scan has read; at says
// where.
func (src *Source) openRow(ctx context.Context, at string) (io.ReadCloser, error) {
	number, from, _ := strings.Cut(at, ":")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(src.placed) {
		return nil, fs.ErrNotExist
	}
	p := spot{placed: src.placed[n], ctx: ctx, notes: &notes{}}
	if p.from, err = strconv.ParseInt(from, 10, 64); err != nil {
		return nil, err
	}
	return openText(p.enclosed(0, 0))
}
