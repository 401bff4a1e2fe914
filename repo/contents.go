package repo

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"

	"taskstore/blobs"
	"taskstore/schema"

	"github.com/gabriel-vasile/mimetype"
)

// blobRow is a content that was put and is to be known to the database.
type blobRow struct {
	blobs.Info
	mime string
}

// externalise puts the contents that stand as text in the values into the blob
// directory, durably, and makes the values refer to them. It comes before the
// transaction: a crash leaves a file without a row, never a row without a file.
func externalise(ctx context.Context, dir *blobs.Dir, values ...any) ([]blobRow, error) {
	var sources []blobs.Source
	var rows []blobRow
	var then []func(sha string)
	add := func(data []byte, fn func(sha string)) {
		mime := mimetype.Detect(data).String()
		sources = append(sources, blobs.Bytes(data, mime))
		rows, then = append(rows, blobRow{mime: mime}), append(then, fn)
	}
	for _, v := range values {
		for _, c := range schema.Contents(v) {
			if c.Text != "" {
				addContent(c, add)
			}
		}
	}
	if len(sources) == 0 {
		return nil, nil
	}
	i := 0
	for info, err := range dir.PutSeq(ctx, slices.Values(sources)) {
		if err != nil {
			return nil, contentError(err)
		}
		rows[i].Info = info
		then[i](info.SHA256)
		i++
	}
	return rows, nil
}

// addContent adds the decoded bytes of c, and its text where that does not
// follow from them.
func addContent(c *schema.Content, add func([]byte, func(string))) {
	data, form, ok := schema.DecodeContent(c.Text)
	text := []byte(c.Text)
	if !ok {
		data = text
	}
	add(data, func(sha string) { c.Blob, c.Form, c.Text = sha, form, "" })
	if ok && form == schema.VerbatimForm("") {
		add(text, func(sha string) { c.Form = schema.VerbatimForm(sha) })
	}
}

func contentError(err error) error {
	switch {
	case errors.Is(err, blobs.ErrFull):
		return errors.Join(ErrFull, err)
	case errors.Is(err, blobs.ErrCorrupt):
		return errors.Join(ErrCorrupt, err)
	case errors.Is(err, blobs.ErrNotFound):
		return errors.Join(ErrNotFound, err)
	}
	return err
}

const sqlRecordBlob = `INSERT INTO blobs (sha256, size, stored, encoding, mime_type, added_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO NOTHING`

func recordBlobs(ctx context.Context, q execer, now schema.Time, rows []blobRow) error {
	for _, b := range rows {
		if _, err := q.exec(ctx, sqlRecordBlob, b.SHA256, b.Size, b.Stored, b.Encoding, b.mime, string(now)); err != nil {
			return err
		}
	}
	return nil
}

// Text gives a saved content as the text that the app wrote. A content that is
// in the database but whose file is gone or damaged is ErrNotFound or
// ErrCorrupt. The whole text is in memory.
func (s *Store) Text(ctx context.Context, c schema.Content) (text string, err error) {
	defer wrap(&err, "read content %s", c.Blob)
	if c.Blob == "" {
		return c.Text, nil
	}
	sha := c.Blob
	if v, ok := c.Verbatim(); ok {
		sha = v
	}
	f, err := s.blobs.Open(ctx, sha)
	if err != nil {
		return "", contentError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return "", contentError(err)
	}
	return c.Rebuild(data), nil
}

// Content opens the bytes of a saved content: see blobs.Dir.Open for what is
// verified when.
func (s *Store) Content(ctx context.Context, sha256 string) (r *blobs.Reader, err error) {
	defer wrap(&err, "open content %s", sha256)
	r, err = s.blobs.Open(ctx, sha256)
	return r, contentError(err)
}

// ContentInfo tells how a content is stored.
func (s *Store) ContentInfo(ctx context.Context, sha256 string) (info blobs.Info, err error) {
	defer wrap(&err, "look for content %s", sha256)
	info, err = s.blobs.Stat(ctx, sha256)
	return info, contentError(err)
}

// VerifyContent reads a content from beginning to end: ErrNotFound when it is
// gone, ErrCorrupt when it is not what its name says.
func (s *Store) VerifyContent(ctx context.Context, sha256 string) (err error) {
	defer wrap(&err, "verify content %s", sha256)
	return contentError(s.blobs.Verify(ctx, sha256))
}

// sniffed is how many bytes tell the type of a content.
const sniffed = 3072

// PutContent stores what r delivers, durably, and gives its description. mime is
// what is known of its type, "" for nothing; what the table of contents says comes
// from the bytes. Until a record refers to it, it belongs to nobody.
func (s *Store) PutContent(ctx context.Context, r io.Reader, mime string) (info blobs.Info, err error) {
	defer wrap(&err, "store a content")
	if s.opt.ReadOnly {
		return info, ErrReadOnly
	}
	in := bufio.NewReaderSize(r, 2*sniffed)
	head, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return info, err
	}
	is := mimetype.Detect(head).String()
	if mime == "" {
		mime = is
	}
	info, err = s.blobs.Put(ctx, in, blobs.PutOptions{MIME: mime})
	if err != nil {
		return info, contentError(err)
	}
	rows := []blobRow{{Info: info, mime: is}}
	return info, s.write(ctx, func(ctx context.Context, q execer) error {
		return recordBlobs(ctx, q, s.now(), rows)
	})
}
