package legacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"taskstore/repo"
	"taskstore/schema"
)

// inMemory is the size up to which the text of an attachment is decoded in one
// piece, which tells exactly how it was written.
const inMemory = 8 << 20

// content finds the bytes of an attachment, stores them, and makes a refer to
// them. An attachment whose bytes are nowhere is kept without them.
func (im *importer) content(ctx context.Context, a *schema.Attachment, contents []Content) error {
	for _, c := range contents {
		err := im.store1(ctx, a, c)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// store1 stores one of the contents that an attachment may have.
func (im *importer) store1(ctx context.Context, a *schema.Attachment, c Content) error {
	if c.Form == ContentFile {
		return im.storeFile(ctx, a, c.Path)
	}
	text, size, open, err := c.text()
	if err != nil {
		return err
	}
	if size > inMemory {
		return im.storeLarge(ctx, a, open)
	}
	if text == "" {
		return fmt.Errorf("empty: %w", fs.ErrNotExist)
	}
	a.File = schema.Content{Text: text}
	noteType(a, text)
	return nil
}

// text gives the text of a content, or a way to read it when it is large.
func (c Content) text() (text string, size int64, open func() (io.ReadCloser, error), err error) {
	if c.Path == "" {
		return c.Inline, int64(len(c.Inline)), nil, nil
	}
	info, err := os.Stat(c.Path)
	if err != nil {
		return "", 0, nil, err
	}
	open = func() (io.ReadCloser, error) { return os.Open(c.Path) }
	if info.Size() > inMemory {
		return "", info.Size(), open, nil
	}
	b, err := os.ReadFile(c.Path)
	return string(b), info.Size(), open, err
}

// noteType notes the type that a data URI names, where the record has none.
func noteType(a *schema.Attachment, text string) {
	if a.MIMEType == "" && strings.HasPrefix(text, "data:") {
		a.MIMEType, _, _ = strings.Cut(strings.TrimPrefix(text[:min(len(text), 200)], "data:"), ";")
	}
}

// storeFile stores a file that holds the bytes themselves.
func (im *importer) storeFile(ctx context.Context, a *schema.Attachment, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := im.store.PutContent(ctx, f, a.MIMEType)
	if err != nil {
		return err
	}
	a.File = schema.Content{Blob: info.SHA256, Form: schema.FormFile}
	return nil
}

// storeLarge decodes a text piece by piece. How it was written is not worked out:
// the text is kept too, which zstd brings down to the size of the bytes.
func (im *importer) storeLarge(ctx context.Context, a *schema.Attachment, open func() (io.ReadCloser, error)) error {
	verbatim, err := im.putText(ctx, open)
	if err != nil {
		return err
	}
	f, err := open()
	if err != nil {
		return err
	}
	defer f.Close()
	dat, err := NewDatReader(f)
	if err != nil {
		return err
	}
	info, err := im.store.PutContent(ctx, dat, a.MIMEType)
	if errors.Is(err, ErrUndecodable) {
		a.File = schema.Content{Blob: verbatim, Form: schema.FormRaw}
		return nil
	}
	if err != nil {
		return err
	}
	if a.MIMEType == "" {
		a.MIMEType = dat.MIME
	}
	a.File = schema.Content{Blob: info.SHA256, Form: schema.VerbatimForm(verbatim)}
	return nil
}

func (im *importer) putText(ctx context.Context, open func() (io.ReadCloser, error)) (sha string, err error) {
	f, err := open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := im.store.PutContent(ctx, f, "text/plain")
	return info.SHA256, err
}

// setAside keeps the bytes of the files and the values that could not be read.
func (im *importer) setAside(ctx context.Context) error {
	files, err := im.stage.Quarantined(ctx)
	if err != nil {
		return err
	}
	codes, err := im.codes(ctx)
	if err != nil {
		return err
	}
	for _, q := range files {
		in, redacted, err := im.src.Kept(q.Path)
		if err != nil {
			return err
		}
		info, err := im.store.PutContent(ctx, in, "")
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
		reason := q.Reason
		if redacted() {
			reason += "; secrets in it were blanked out"
		}
		if err := im.store.Legacy().SetAside(ctx, repo.Quarantined{Run: im.run.PK, File: q.Path, Code: codes[q.Path],
			Reason: reason, Blob: info.SHA256, Size: info.Size}); err != nil {
			return err
		}
	}
	for s, err := range im.stage.Strays(ctx) {
		if err != nil {
			return err
		}
		info, err := im.store.PutContent(ctx, bytes.NewReader(s.Raw), "application/json")
		if err != nil {
			return err
		}
		if err := im.store.Legacy().SetAside(ctx, repo.Quarantined{Run: im.run.PK, File: s.File, Pointer: s.Pointer,
			Code: "stray-element", Reason: s.Reason, Blob: info.SHA256, Size: info.Size}); err != nil {
			return err
		}
	}
	return nil
}

// codes gives, for each file, the code of the finding for which it was set aside:
// the first that is not only a note.
func (im *importer) codes(ctx context.Context) (map[string]string, error) {
	codes := map[string]string{}
	for f, err := range im.stage.Files(ctx) {
		if err != nil {
			return nil, err
		}
		for _, w := range f.Warnings {
			if old := codes[f.Path]; old == "" || old == "bom" || old == "conflict-version" {
				codes[f.Path] = w.Code
			}
		}
	}
	return codes, nil
}
