package legacy

import (
	"context"
	"crypto/sha256"
	"io"

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
	for _, c := range e.merged.Contents {
		sum, undecodable, err := im.weighContent(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // gone or damaged: the next one may do
		}
		if !im.seen[sum] {
			im.seen[sum] = true
			im.contents.Blobs++
		}
		if !undecodable {
			return nil
		}
		im.contents.Undecodable++
		return im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: "undecodable-base64", ID: e.merged.ID, Detail: "the text is kept as it is"})
	}
	held := e.held != nil && e.held.entity.(*schema.Attachment).Stored().Blob != ""
	if held || a.Type == "link" || e.merged.Trash == merge.TrashMissing {
		return nil
	}
	im.contents.Missing++
	return im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: "missing-blob", ID: e.merged.ID, Detail: "its bytes are not in the source"})
}

// weighContent reads one of the contents that an attachment may have.
func (im *importer) weighContent(ctx context.Context, c record.Content) (sum string, undecodable bool, err error) {
	in, err := im.src.OpenContent(ctx, c)
	if err != nil {
		return "", false, err
	}
	defer in.Close()
	if c.Form == record.ContentFile {
		h := sha256.New()
		_, err = io.Copy(h, in)
		return source.HexSum(h), false, err
	}
	d := &decode.Filed{Notes: &rawjson.Notes{}}
	if err := d.Decode(in); err != nil {
		return "", false, err
	}
	if d.Undecodable {
		return c.Path + c.Member, true, nil
	}
	return d.Sum, false, nil
}
