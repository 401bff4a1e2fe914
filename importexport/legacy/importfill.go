package legacy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/repo"
	"taskstore/schema"
)

// offer is a content that the source has of an attachment.
type offer struct {
	schema.Content
	known bool // the store's record has it, or once had it
}

// removed says that the record was removed from the store since it was imported.
func (e *entry) removed() bool { return e.held == nil && !e.write }

// stood is the content that the store's attachment has.
func (e *entry) stood() schema.Content {
	if e.held == nil {
		return schema.Content{}
	}
	return e.held.entity.(*schema.Attachment).File
}

// bringContents stores what the source has of the bytes of an attachment, whether its
// record is written or not: bytes that were missing, unreadable or cut before are filled
// in. Contents beside the one that the attachment has are kept as versions of it.
func (im *importer) bringContents(ctx context.Context, e *entry) error {
	a, ok := e.value.(*schema.Attachment)
	if !ok || e.removed() {
		return nil
	}
	var offers []offer
	for _, c := range e.merged.Contents {
		o, err := im.bringContent(ctx, e, c, a.MIMEType)
		if changed := im.unchanged(ctx, c); changed != nil {
			return changed
		}
		if lost, err := im.lostContent(ctx, e, err); lost {
			continue // the next one may do
		} else if err != nil {
			return err
		}
		offers = append(offers, o)
	}
	stood := e.stood()
	var err error
	if a.File, err = im.chooseContent(ctx, e, stood, offers); err != nil {
		return err
	}
	e.write = e.write || a.File != stood
	for _, o := range offers {
		if !o.known && o.Blob != a.File.Blob {
			e.others = append(e.others, o.Content)
		}
	}
	return nil
}

// bringContent stores one of the contents that the source has of an attachment, unless the
// store has it whole.
func (im *importer) bringContent(ctx context.Context, e *entry, c record.Content, mime string) (o offer, err error) {
	if e.held != nil {
		if o.Content, err = im.putContent(ctx, hashed, c, mime); err != nil {
			return o, err
		}
		if o.known, err = im.knowsContent(ctx, e, o.Blob); err != nil {
			return o, err
		}
		if whole, err := im.holdsWhole(ctx, o.Content); o.known && whole || err != nil {
			return o, err
		}
	}
	o.Content, err = im.putContent(ctx, im.store.Contents.Put, c, mime)
	return o, err
}

// lostContent says whether err is that of a content which the source does not have, or not
// so that it can be read. Any other error is returned.
func (im *importer) lostContent(ctx context.Context, e *entry, err error) (bool, error) {
	var of sourceError
	if err == nil || ctx.Err() != nil || !errors.As(err, &of) || errors.Is(err, source.ErrSourceChanged) {
		return false, errors.Join(err, ctx.Err())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return true, im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: "unreadable", ID: e.merged.ID, Detail: err.Error()})
}

// chooseContent gives the content that an attachment has from now on: the one that goes
// with its record, but never a part of a content instead of the whole.
func (im *importer) chooseContent(ctx context.Context, e *entry, stood schema.Content, offers []offer) (schema.Content, error) {
	if len(offers) == 0 {
		return stood, nil
	}
	best := offers[max(0, slices.IndexFunc(offers, func(o offer) bool { return !o.Undecodable() }))]
	switch {
	case e.held == nil:
		return best.Content, nil
	case stood.IsZero():
		if best.known {
			return stood, nil // somebody took it away
		}
		return best.Content, nil
	case e.write && !e.merged.Kept: // the source's record replaces the store's
		if part, err := im.isPart(ctx, best.Content, stood); part || err != nil {
			return stood, err
		}
		return best.Content, nil
	case best.Blob == stood.Blob && slices.ContainsFunc(offers, func(o offer) bool { return o.Content == stood }):
		return best.Content, nil // the same bytes as another place writes them: its own could not be read then
	case best.known:
		return stood, nil
	}
	if part, err := im.isPart(ctx, stood, best.Content); !part || err != nil {
		return stood, err
	}
	return best.Content, nil
}

// isPart says whether a content is the beginning of another, as of a file that was copied
// in part, or a text that cannot be decoded beside one that can.
func (im *importer) isPart(ctx context.Context, part, whole schema.Content) (bool, error) {
	if part.Undecodable() || whole.Undecodable() {
		return part.Undecodable() && !whole.Undecodable(), nil
	}
	a, err := im.store.Contents.Stat(ctx, part.Blob)
	if notWhole(err) {
		return true, nil // nothing of it is there
	}
	if err != nil {
		return false, err
	}
	b, err := im.store.Contents.Stat(ctx, whole.Blob)
	if err != nil || a.Size >= b.Size {
		return false, unless(notWhole(err), err)
	}
	same, err := im.begins(ctx, part.Blob, whole.Blob)
	return same, unless(notWhole(err), err)
}

// begins says whether a content begins with all of another.
func (im *importer) begins(ctx context.Context, part, whole string) (bool, error) {
	a, err := im.store.Contents.Open(ctx, part)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := im.store.Contents.Open(ctx, whole)
	if err != nil {
		return false, err
	}
	defer b.Close()
	one, other := make([]byte, 64<<10), make([]byte, 64<<10)
	for ctx.Err() == nil {
		n, err := io.ReadFull(a, one)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return false, err
		}
		if _, failed := io.ReadFull(b, other[:n]); failed != nil {
			return false, failed
		}
		if !bytes.Equal(one[:n], other[:n]) {
			return false, nil
		}
		if err != nil {
			return true, nil
		}
	}
	return false, ctx.Err()
}

// knowsContent says whether the store's attachment has a content, or once had it.
func (im *importer) knowsContent(ctx context.Context, e *entry, sum string) (bool, error) {
	if e.stood().Blob == sum {
		return true, nil
	}
	refs, err := im.store.Contents.Refs(ctx, sum)
	for _, r := range refs {
		if r.Kind == "attachment" && r.ID == e.merged.ID {
			return true, err
		}
	}
	return false, err
}

// holdsWhole says whether the store has all bytes of a content.
func (im *importer) holdsWhole(ctx context.Context, c schema.Content) (bool, error) {
	sums := []string{c.Blob}
	if text, ok := c.Verbatim(); ok {
		sums = append(sums, text)
	}
	for _, sum := range sums {
		if err := im.store.Contents.Verify(ctx, sum); err != nil {
			return false, unless(notWhole(err), err)
		}
	}
	return true, nil
}

// brokenContent says what is wrong with a content that the store does not have whole. Any
// other error of reading it is the store's, and ends the run.
func (im *importer) brokenContent(ctx context.Context, blob string) (problem, err error) {
	if problem = im.store.Contents.Verify(ctx, blob); problem == nil || notWhole(problem) {
		return problem, nil
	}
	return nil, problem
}

// notWhole says whether err is that of bytes which the store does not have, or not whole.
func notWhole(err error) bool {
	return errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt)
}

// unless is err, unless it is expected.
func unless(expected bool, err error) error {
	if expected {
		return nil
	}
	return err
}
