package legacy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"taskstore/blobs"
	"taskstore/importexport/ledger"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// inMemory is the size up to which the text of an attachment is decoded in one
// piece, which tells exactly how it was written.
const inMemory = 8 << 20

// content finds the bytes of an attachment, stores them, and makes a refer to
// them. Where an id stands for several contents the others are stored too, and
// others are what refers to them. An attachment whose bytes are nowhere is kept
// without them.
func (im *importer) content(ctx context.Context, a *schema.Attachment, contents []Content) (others []schema.Content, err error) {
	for _, c := range contents {
		found, err := im.storeContent(ctx, c, a.MIMEType)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, repo.ErrFull) || errors.Is(err, repo.ErrReadOnly) || errors.Is(err, ErrSourceChanged):
			return nil, err
		case err != nil:
			continue // gone or damaged: the next one may do
		case a.File.IsZero():
			a.File = found
		case found.Blob != a.File.Blob && !found.Undecodable():
			others = append(others, found)
		}
	}
	return others, nil
}

// storeContent stores one of the contents that an attachment may have.
func (im *importer) storeContent(ctx context.Context, c Content, mime string) (schema.Content, error) {
	open := func() (io.ReadCloser, error) { return im.src.OpenContent(ctx, c) }
	if c.Form == ContentFile {
		info, err := im.put(ctx, open, mime)
		return schema.Content{Blob: info.SHA256, Form: schema.FormFile}, err
	}
	f, err := open()
	if err != nil {
		return schema.Content{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, inMemory+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return schema.Content{}, err
	}
	if len(text) > inMemory {
		return im.storeLarge(ctx, open, mime)
	}
	return im.storeText(ctx, string(text), mime)
}

// storeText decodes a text and stores its bytes, and the text itself where it does
// not follow from them.
func (im *importer) storeText(ctx context.Context, text, mime string) (schema.Content, error) {
	if text == "" {
		return schema.Content{}, fs.ErrNotExist
	}
	data, form, ok := schema.DecodeContent(text)
	if !ok {
		data = []byte(text)
	}
	info, err := im.store.Contents.Put(ctx, bytes.NewReader(data), mime)
	if err != nil {
		return schema.Content{}, err
	}
	if ok && form == schema.VerbatimForm("") {
		verbatim, err := im.store.Contents.Put(ctx, strings.NewReader(text), "text/plain")
		if err != nil {
			return schema.Content{}, err
		}
		form = schema.VerbatimForm(verbatim.SHA256)
	}
	return schema.Content{Blob: info.SHA256, Form: form}, nil
}

// storeLarge decodes a text piece by piece. How it was written is not worked out:
// the text is kept too, which zstd brings down to the size of the bytes.
func (im *importer) storeLarge(ctx context.Context, open func() (io.ReadCloser, error), mime string) (schema.Content, error) {
	verbatim, err := im.put(ctx, open, "text/plain")
	if err != nil {
		return schema.Content{}, err
	}
	info, err := im.put(ctx, func() (io.ReadCloser, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		dat, err := NewDatReader(f)
		return struct {
			io.Reader
			io.Closer
		}{dat, f}, err
	}, mime)
	if errors.Is(err, ErrUndecodable) {
		return schema.Content{Blob: verbatim.SHA256, Form: schema.FormRaw}, nil
	}
	return schema.Content{Blob: info.SHA256, Form: schema.VerbatimForm(verbatim.SHA256)}, err
}

func (im *importer) put(ctx context.Context, open func() (io.ReadCloser, error), mime string) (blobs.Info, error) {
	f, err := open()
	if err != nil {
		return blobs.Info{}, err
	}
	info, err := im.store.Contents.Put(ctx, f, mime)
	return info, errors.Join(err, f.Close())
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
		state := `{"_file":{"_blob":"` + c.Blob + `","_form":"` + c.Form + `"},` + string(text[1:])
		sum, err := Hash(jsontext.Value(state))
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
	codes, err := im.codes(ctx, files)
	if err != nil {
		return err
	}
	for _, q := range files {
		in, redacted, err := im.src.Kept(q.Path)
		if err != nil {
			return err
		}
		info, err := im.store.Contents.Put(ctx, in, "")
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
		reason := q.Reason
		if redacted {
			reason += "; " + blankedOut
		}
		if err := ledger.Of(im.store).AddQuarantined(ctx, ledger.Quarantined{Run: im.run.PK, File: q.Path, Code: codes[q.Path],
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

// codes gives, for each file, the code of the finding for which it was set aside:
// the one with its reason, else the first that is not only a note.
func (im *importer) codes(ctx context.Context, files []Quarantine) (map[string]string, error) {
	reasons, codes := map[string]string{}, map[string]string{}
	for _, q := range files {
		reasons[q.Path] = q.Reason
	}
	for f, err := range im.stage.Files(ctx) {
		if err != nil {
			return nil, err
		}
		for _, w := range f.Warnings {
			note := slices.Contains([]string{"", "bom", "conflict-version", "stray-element"}, codes[f.Path])
			if note || w.ID == "" && w.Detail == reasons[f.Path] {
				codes[f.Path] = w.Code
			}
		}
	}
	return codes, nil
}
