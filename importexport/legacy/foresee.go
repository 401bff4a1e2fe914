package legacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/schema"
)

// foresee tells what an import would find of the content of an attachment: it is read
// and decoded, and not stored.
func (im *importer) foresee(ctx context.Context, e *entry) error {
	a, ok := e.value.(*schema.Attachment)
	if !ok {
		return nil
	}
	im.contents.Found++
	sum, undecodable, err := im.bestContent(ctx, e, a)
	switch {
	case err != nil:
		return err
	case sum != "" && !im.seen[sum]:
		im.seen[sum] = true
		im.contents.Blobs++
	}
	switch {
	case undecodable:
		im.contents.Undecodable++
		return im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: "undecodable-base64", ID: e.merged.ID, Detail: "the text is kept as it is"})
	case sum != "" || a.Type == "link" || e.merged.Trash == merge.TrashMissing:
		return nil
	}
	im.contents.Missing++
	return im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: "missing-blob", ID: e.merged.ID, Detail: "its bytes are not in the source"})
}

// bestContent is the hash of the content that an attachment would have: the first that can be
// decoded, else the first text, else what stands in its record, else what the store has; "" if
// there is none.
func (im *importer) bestContent(ctx context.Context, e *entry, a *schema.Attachment) (sum string, undecodable bool, err error) {
	for _, c := range e.merged.Contents {
		found, raw, err := im.weighContent(ctx, c)
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		if err == nil && (sum == "" || undecodable && !raw) { // gone or damaged: the next one may do
			sum, undecodable = found, raw
		}
		if sum != "" && !undecodable {
			return sum, false, nil
		}
	}
	if text := a.Base64.Text; sum == "" && text != "" {
		data, _, ok := schema.DecodeContent(text)
		if !ok {
			data = []byte(text)
		}
		h := sha256.Sum256(data)
		return hex.EncodeToString(h[:]), !ok, nil
	}
	if sum == "" && e.held != nil {
		c := e.held.entity.(*schema.Attachment).Stored()
		return c.Blob, c.Undecodable(), nil
	}
	return sum, undecodable, nil
}

// weighContent reads one of the contents that an attachment may have, and gives the hash of its
// bytes, or of the text of what cannot be decoded.
func (im *importer) weighContent(ctx context.Context, c record.Content) (sum string, undecodable bool, err error) {
	in, err := im.src.OpenContent(ctx, c)
	if err != nil {
		return "", false, err
	}
	defer in.Close()
	written := sha256.New()
	text := io.TeeReader(in, written)
	d := &decode.Filed{Notes: &rawjson.Notes{}}
	if c.Form != record.ContentFile {
		err = d.Decode(text)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, text)
	}
	switch sum = source.HexSum(written); {
	case err != nil:
		return "", false, err
	case c.Form == record.ContentFile || d.Undecodable:
		return sum, d.Undecodable, nil
	case sum == source.HexSum(sha256.New()):
		return "", false, fs.ErrNotExist // no text is no content
	}
	return d.Sum, false, nil
}
