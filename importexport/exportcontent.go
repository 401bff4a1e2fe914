package importexport

import (
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// A content of at most smallContent bytes stands in the JSON of its record, as long as
// those of the record are at most smallContents in all. Any other one is written from the
// blob directory into the export and never held in memory.
const (
	smallContent  = 64 << 10
	smallContents = 1 << 20
)

// recordText is the JSON of a record, in which an empty string stands for each large
// content.
type recordText struct {
	json  []byte
	large []largeContent
}

// largeContent is one whose text belongs into a record at an offset of its JSON.
type largeContent struct {
	at      int
	content schema.Content
}

func (r *recordText) add(at int, c schema.Content) {
	r.large = append(r.large, largeContent{at, c})
}

// encode gives a record in the app's shape. A content that is gone or damaged is noted
// and left out.
func (x *exporter) encode(ctx context.Context, collection, id string, value any) (_ *recordText, err error) {
	var r recordText
	var large schema.Content // the one that Content was asked for last, if it is large
	room := int64(smallContents)
	content := func(c schema.Content) (text string, ok bool, err error) {
		large = schema.Content{}
		size, err := x.sizeOf(ctx, c)
		switch {
		case err != nil:
		case size <= min(room, smallContent):
			room -= size
			text, err = x.store.Contents.Text(ctx, c)
		default:
			large = c
			err = x.store.Contents.Verify(ctx, textBlob(c))
		}
		if err != nil {
			return "", false, x.missing(err, collection, id, c)
		}
		return text, true, nil
	}
	at := func(offset int) {
		if large.Blob != "" {
			r.add(offset, large)
		}
	}
	r.json, err = schema.Encode(value, schema.EncodeOptions{Content: content, At: at})
	return &r, err
}

// textBlob is the content from which the text of c follows.
func textBlob(c schema.Content) string {
	if sum, ok := c.Verbatim(); ok {
		return sum
	}
	return c.Blob
}

func (x *exporter) sizeOf(ctx context.Context, c schema.Content) (int64, error) {
	info, err := x.store.Contents.Stat(ctx, textBlob(c))
	return info.Size, err
}

// missing notes a content that is gone or damaged; any other error is given back.
func (x *exporter) missing(err error, collection, id string, c schema.Content) error {
	if !errors.Is(err, repo.ErrNotFound) && !errors.Is(err, repo.ErrCorrupt) {
		return err
	}
	x.res.Missing = append(x.res.Missing, Missing{collection, id, c.Blob})
	return nil
}

// Write writes a piece of the export.
func (x *exporter) Write(p []byte) (int, error) {
	n, err := x.w.Write(p)
	x.res.Bytes += int64(n)
	return n, err
}

// writeRecord writes a record with its large contents.
func (x *exporter) writeRecord(ctx context.Context, r *recordText) error {
	from := 0
	for _, l := range r.large {
		if _, err := x.Write(r.json[from:l.at]); err != nil {
			return err
		}
		if err := x.writeContent(ctx, l.content); err != nil {
			return err
		}
		from = l.at
	}
	_, err := x.Write(r.json[from:])
	return err
}

// writeContent writes the text of a content as it stands between the quotes of a string.
func (x *exporter) writeContent(ctx context.Context, c schema.Content) error {
	r, err := x.store.Contents.Open(ctx, textBlob(c))
	if err != nil {
		return err
	}
	defer r.Close()
	q := &quoter{w: x}
	if err := c.RebuildTo(q, contextReader{ctx, r}); err != nil {
		return err
	}
	return q.finish()
}

// contextReader ends reading with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// quoter escapes a text for a JSON string, piece by piece.
type quoter struct {
	w      io.Writer
	begun  []byte // the bytes of a character whose end has not come yet
	quoted []byte
}

func (q *quoter) Write(p []byte) (int, error) {
	text := p
	if len(q.begun) > 0 {
		text = append(q.begun, p...)
	}
	end := len(text)
	for i := end - 1; i >= 0 && i >= end-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				end = i
			}
			break
		}
	}
	if err := q.write(text[:end]); err != nil {
		return 0, err
	}
	q.begun = append([]byte(nil), text[end:]...)
	return len(p), nil
}

// finish writes what is left of a text that ends inside of a character.
func (q *quoter) finish() error { return q.write(q.begun) }

func (q *quoter) write(text []byte) error {
	q.quoted, _ = jsontext.AppendQuote(q.quoted[:0], text) // bad UTF-8 becomes U+FFFD, as in any text
	_, err := q.w.Write(q.quoted[1 : len(q.quoted)-1])
	return err
}
