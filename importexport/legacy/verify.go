package legacy

import (
	"context"
	"errors"
	"fmt"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// compare holds every record of the source against what is in the store now. note
// says that the run is an import whose account is to be written down.
func (im *importer) compare(ctx context.Context, note bool) error {
	for _, collection := range im.collections() {
		if err := im.compareCollection(ctx, collection); err != nil {
			return err
		}
		if note {
			if err := im.account(ctx, collection); err != nil {
				return err
			}
		}
		if err := im.compareVersions(ctx, collection); err != nil {
			return err
		}
	}
	left, err := im.stage.Unaccounted(ctx, im.collections()...)
	if err != nil {
		return err
	}
	for _, c := range left {
		if err := im.fail(ctx, c.File, c.ID, c.Pointer+" went nowhere"); err != nil {
			return err
		}
	}
	if err := im.compareQuarantine(ctx); err != nil || !note {
		return err
	}
	return im.finish(ctx)
}

// finish stores the report of an import.
func (im *importer) finish(ctx context.Context) error {
	r, err := im.report(ctx)
	if err != nil {
		return err
	}
	text, err := r.json()
	if err != nil {
		return err
	}
	im.run.Verified, im.run.Report = r.Verified, text
	return im.store.Legacy().Finish(ctx, im.run)
}

// compareCollection merges once more: where the store holds everything, there is
// nothing to write and nothing to keep.
func (im *importer) compareCollection(ctx context.Context, collection string) error {
	k := im.keepers()[collection]
	tell, done := im.progress("compare "+collection), int64(0)
	for m, err := range im.stage.Merge(ctx, collection, im.target()) {
		if err != nil {
			return err
		}
		if err := im.compareRecord(ctx, k, m); err != nil {
			return err
		}
		if done++; tell != nil && done%100 == 0 {
			tell(done, 0)
		}
	}
	return nil
}

func (im *importer) compareRecord(ctx context.Context, k keeper, m Merged) error {
	if err := im.odd(ctx, m); err != nil {
		return err
	}
	file := im.fileOf(m)
	stored, ok, err := k.read(ctx, m.ID)
	if err != nil {
		return err
	}
	if !ok {
		purged, err := im.store.Legacy().Purged(ctx, k.kind(), m.ID)
		if err != nil || purged {
			return errors.Join(err, im.stage.Warn(ctx, file, Warning{"purged", m.ID, "it was purged from the store"}))
		}
		return im.fail(ctx, file, m.ID, "the store does not have it")
	}
	if a, ok := stored.entity.(*schema.Attachment); ok {
		if err := im.compareContent(ctx, a, file); err != nil {
			return err
		}
	}
	if m.Write {
		return im.fail(ctx, file, m.ID, "the store does not hold all of it")
	}
	if len(m.Versions) > 0 {
		return im.fail(ctx, m.Versions[0].File, m.ID, "a version of it is not in the history")
	}
	return im.compareState(ctx, k, m, stored)
}

// compareState makes sure that the state which the import made is there still: it
// is the present one, or in the history.
func (im *importer) compareState(ctx context.Context, k keeper, m Merged, stored kept) error {
	r, err := im.store.Legacy().Record(ctx, im.run.PK, m.Winner.File, m.Winner.Pointer)
	if errors.Is(err, repo.ErrNotFound) || err == nil && r.Rev == 0 {
		return nil // the store had it before: the merge has found it there
	}
	if err != nil || r.Rev == stored.rev {
		return err
	}
	has, err := im.store.Legacy().HasState(ctx, k.kind(), m.ID, r.Rev)
	if err != nil || has {
		return err
	}
	return im.fail(ctx, im.fileOf(m), m.ID, fmt.Sprintf("it was changed since, and revision %d is not in the history", r.Rev))
}

// compareContent reads the bytes of an attachment.
func (im *importer) compareContent(ctx context.Context, a *schema.Attachment, file string) error {
	im.contents.Found++
	c := a.Stored()
	switch {
	case c.Blob == "" && a.Type != "link" && a.TrashReason != schema.TrashMissing:
		im.contents.Missing++
		return im.stage.Warn(ctx, file, Warning{"missing-blob", a.ID, "its bytes are not in the source"})
	case c.Blob == "":
		return nil
	}
	if c.Undecodable() {
		im.contents.Undecodable++
		if err := im.stage.Warn(ctx, file, Warning{"undecodable-base64", a.ID, "the text is kept as it is"}); err != nil {
			return err
		}
	}
	if !im.seen[c.Blob] {
		im.seen[c.Blob] = true
		im.contents.Blobs++
		if err := im.store.VerifyContent(ctx, c.Blob); err != nil {
			return im.fail(ctx, file, a.ID, "its content cannot be read back: "+err.Error())
		}
	}
	return nil
}

// account writes down where every record of a collection went.
func (im *importer) account(ctx context.Context, collection string) error {
	var list []repo.Record
	flush := func() error {
		err := im.store.Legacy().AddRecords(ctx, im.run.PK, list...)
		list = list[:0]
		return err
	}
	for a, err := range im.stage.Accounts(ctx, collection) {
		if err != nil {
			return err
		}
		list = append(list, repo.Record{File: a.File, Pointer: a.Pointer, Collection: collection, ID: a.ID,
			SHA256: a.Sum.String(), Disposition: a.Disposition})
		if len(list) == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// compareVersions hashes what is kept of the records that lost, and makes sure
// that the run's account names every record as it is in the source.
func (im *importer) compareVersions(ctx context.Context, collection string) error {
	kind := im.keepers()[collection].kind()
	for a, err := range im.stage.Accounts(ctx, collection) {
		if err != nil {
			return err
		}
		r, err := im.store.Legacy().Record(ctx, im.run.PK, a.File, a.Pointer)
		if errors.Is(err, repo.ErrNotFound) || err == nil && r.SHA256 != a.Sum.String() {
			if err := im.fail(ctx, a.File, a.ID, a.Pointer+" is not in the account of the import"); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if a.Disposition != DispRevision {
			continue
		}
		if err := im.compareVersion(ctx, kind, a); err != nil {
			return err
		}
	}
	return nil
}

// compareVersion hashes a version that is kept. One that was the store's own state
// once is kept under its revision, and compareState has looked for it.
func (im *importer) compareVersion(ctx context.Context, kind string, a Accounted) error {
	state, err := im.store.Legacy().VersionState(ctx, kind, a.ID, a.Sum.String())
	if errors.Is(err, repo.ErrNotFound) {
		return nil
	}
	if err != nil {
		return im.fail(ctx, a.File, a.ID, "a version of it cannot be read back: "+err.Error())
	}
	sum, err := Hash(jsontext.Value(state))
	if err != nil || sum != a.Sum {
		return im.fail(ctx, a.File, a.ID, "a version of it differs from the source")
	}
	return nil
}

// compareQuarantine reads back what was set aside.
func (im *importer) compareQuarantine(ctx context.Context) error {
	list, err := im.store.Legacy().Quarantine(ctx)
	if err != nil {
		return err
	}
	type place struct{ file, pointer string }
	held := map[place]string{}
	for _, q := range list {
		held[place{q.File, q.Pointer}] = q.Blob
	}
	look := func(file, pointer string) error {
		blob, ok := held[place{file, pointer}]
		if !ok {
			return im.fail(ctx, file, "", pointer+" is not in quarantine")
		}
		if err := im.store.VerifyContent(ctx, blob); err != nil {
			return im.fail(ctx, file, "", "what was set aside cannot be read back: "+err.Error())
		}
		return nil
	}
	files, err := im.stage.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := look(f.Path, ""); err != nil {
			return err
		}
	}
	for s, err := range im.stage.Strays(ctx) {
		if err == nil {
			err = look(s.File, s.Pointer)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
