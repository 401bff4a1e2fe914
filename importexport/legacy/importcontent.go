package legacy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"strings"

	"taskstore/blobs"
	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// inMemory is the size up to which the text of an attachment is decoded in one
// piece, which tells exactly how it was written.
const inMemory = 8 << 20

// putter keeps the bytes of r and tells what they are: Contents.Put, or hashed, which
// only tells.
type putter func(ctx context.Context, r io.Reader, mime string) (blobs.Info, error)

// hashed reads r and stores nothing.
func hashed(_ context.Context, r io.Reader, _ string) (blobs.Info, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return blobs.Info{SHA256: source.HexSum(h), Size: n}, err
}

// sourceError marks an error of the source, a content that it does not have or that cannot
// be read. Any other error of bringing a content is one of the store, which ends an import.
type sourceError struct{ error }

func (e sourceError) Unwrap() error { return e.error }

// reading is a content of the source that is being put, and how reading it failed.
type reading struct {
	io.Reader
	failed error
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return n, err
}

// putContent puts one of the contents that an attachment may have.
func (im *importer) putContent(ctx context.Context, put putter, c record.Content, mime string) (schema.Content, error) {
	open := func() (io.ReadCloser, error) { return im.src.OpenContent(ctx, c) }
	if c.Form == record.ContentFile {
		info, err := putOpened(ctx, put, open, mime)
		return schema.Content{Blob: info.SHA256, Form: schema.FormFile}, err
	}
	f, err := open()
	if err != nil {
		return schema.Content{}, sourceError{err}
	}
	text, err := io.ReadAll(io.LimitReader(f, inMemory+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return schema.Content{}, sourceError{err}
	}
	if len(text) > inMemory {
		return putLarge(ctx, put, open, mime)
	}
	return putText(ctx, put, string(text), mime)
}

// putText decodes a text and puts its bytes, and the text itself where it does not
// follow from them.
func putText(ctx context.Context, put putter, text, mime string) (schema.Content, error) {
	if text == "" {
		return schema.Content{}, sourceError{fs.ErrNotExist}
	}
	data, form, ok := schema.DecodeContent(text)
	if !ok {
		data = []byte(text)
	}
	info, err := put(ctx, bytes.NewReader(data), mime)
	if err != nil {
		return schema.Content{}, err
	}
	if ok && form == schema.VerbatimForm("") {
		verbatim, err := put(ctx, strings.NewReader(text), "text/plain")
		if err != nil {
			return schema.Content{}, err
		}
		form = schema.VerbatimForm(verbatim.SHA256)
	}
	return schema.Content{Blob: info.SHA256, Form: form}, nil
}

// putLarge decodes a text piece by piece. How it was written is not worked out:
// the text is kept too, which zstd brings down to the size of the bytes.
func putLarge(ctx context.Context, put putter, open func() (io.ReadCloser, error), mime string) (schema.Content, error) {
	verbatim, err := putOpened(ctx, put, open, "text/plain")
	if err != nil {
		return schema.Content{}, err
	}
	info, err := putOpened(ctx, put, func() (io.ReadCloser, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		dat, err := source.NewDatReader(f)
		return struct {
			io.Reader
			io.Closer
		}{dat, f}, err
	}, mime)
	if errors.Is(err, source.ErrUndecodable) {
		return schema.Content{Blob: verbatim.SHA256, Form: schema.FormRaw}, nil
	}
	return schema.Content{Blob: info.SHA256, Form: schema.VerbatimForm(verbatim.SHA256)}, err
}

func putOpened(ctx context.Context, put putter, open func() (io.ReadCloser, error), mime string) (blobs.Info, error) {
	f, err := open()
	if err != nil {
		return blobs.Info{}, sourceError{err}
	}
	r := &reading{Reader: f}
	info, err := put(ctx, r, mime)
	closed := f.Close()
	switch {
	case r.failed != nil:
		return info, sourceError{r.failed}
	case err == nil && closed != nil:
		return info, sourceError{closed}
	}
	return info, err
}

// keepOthers keeps the further contents of an attachment as versions of it.
func (im *importer) keepOthers(ctx context.Context, tx *repo.Tx, e *entry) error {
	for _, c := range e.others {
		v := schema.Attachment{Head: schema.Head{ID: e.merged.ID, Rest: schema.Rest{Odd: allAbsent}}, File: c}
		v.Type, v.Name = "file", e.merged.ID
		text, err := schema.Encode(&v, schema.EncodeOptions{Refs: true})
		if err != nil {
			return err
		}
		state := `{"_file":{"_blob":"` + c.Blob + `","_form":` + string(rawjson.QuoteText(c.Form)) + `},` + string(text[1:])
		sum, err := rawjson.Hash(jsontext.Value(state))
		if err != nil {
			return err
		}
		_, err = ledger.In(tx).AddVersion(ctx, ledger.Version{Kind: "attachment", ID: e.merged.ID, SHA256: sum.String(),
			Source: e.merged.Winner.File, State: schema.JSON(state), Blobs: []string{c.Blob}})
		if err != nil {
			return err
		}
	}
	return nil
}

// setAside keeps the bytes of the files and the values that could not be read.
func (im *importer) setAside(ctx context.Context) error {
	files, err := im.stage.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, q := range files {
		in, redacted, err := im.src.Kept(q.Path)
		if changed := im.unchangedFile(ctx, q.Path); changed != nil {
			return errors.Join(changed, closed(in))
		}
		if err != nil {
			return err
		}
		info, err := im.store.Contents.Put(ctx, in, "")
		if err = errors.Join(err, in.Close(), im.unchangedFile(ctx, q.Path)); err != nil {
			return err
		}
		reason := q.Reason
		if redacted {
			reason += "; " + blankedOut
			if err := im.stage.Warn(ctx, q.Path, record.Warning{Code: "secret-skipped", ID: "", Detail: "blanked out in the copy that is in quarantine"}); err != nil {
				return err
			}
		}
		if err := ledger.Of(im.store).AddQuarantined(ctx, ledger.Quarantined{Run: im.run.PK, File: q.Path, Code: q.Code,
			Reason: reason, Blob: info.SHA256, Size: info.Size}); err != nil {
			return err
		}
	}
	for s, err := range im.stage.Strays(ctx) {
		if err != nil {
			return err
		}
		info, err := im.store.Contents.Put(ctx, bytes.NewReader(s.Raw), "application/json")
		if err != nil {
			return err
		}
		if err := ledger.Of(im.store).AddQuarantined(ctx, ledger.Quarantined{Run: im.run.PK, File: s.File, Pointer: s.Pointer,
			Code: "stray-element", Reason: s.Reason, Blob: info.SHA256, Size: info.Size}); err != nil {
			return err
		}
	}
	return nil
}
