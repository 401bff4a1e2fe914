package legacy

import (
	"context"
	"errors"
	"fmt"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/record"
	"taskstore/repo"
	"taskstore/schema"
)

// accountAll writes down, after the steps of an import, where every record went. What an
// earlier, interrupted import has stored is compared like in a verification.
func (im *importer) accountAll(ctx context.Context) error {
	for _, collection := range im.collections() {
		if !im.brought[collection] {
			if err := im.compareCollection(ctx, collection); err != nil {
				return err
			}
		}
		if err := im.account(ctx, collection); err != nil {
			return err
		}
	}
	return nil
}

// prove makes sure that every record is accounted for, and stores the report.
func (im *importer) prove(ctx context.Context) error {
	if err := im.compareRest(ctx); err != nil {
		return err
	}
	if err := im.dangling(ctx); err != nil {
		return err
	}
	return im.finish(ctx)
}

// compare holds every record of the source against what is in the store now.
func (im *importer) compare(ctx context.Context) error {
	for _, collection := range im.collections() {
		if err := im.compareCollection(ctx, collection); err != nil {
			return err
		}
	}
	return im.compareRest(ctx)
}

// compareRest looks for what no record leads to: versions, records that went
// nowhere, what was set aside, and the contents of all files.
func (im *importer) compareRest(ctx context.Context) error {
	for _, collection := range im.collections() {
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
	if err := im.compareQuarantine(ctx); err != nil {
		return err
	}
	return im.proveContents(ctx)
}

// readBack reads the records of a batch that were written, through the
// repositories, and compares each with what was read from the source.
func (im *importer) readBack(ctx context.Context, k keeper, list []*entry) error {
	var ids []string
	for _, e := range written(list) {
		ids = append(ids, e.merged.ID)
	}
	found, err := k.readMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.write {
			if e.held = found[e.merged.ID]; e.held == nil || !merge.SameRecord(e.held.raw, &e.merged) {
				if err := im.fail(ctx, im.fileOf(e.merged), e.merged.ID, "what was read back from the store differs"); err != nil {
					return err
				}
			}
		}
		if err := im.observe(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// observe notes what is odd about a record that is in the store.
func (im *importer) observe(ctx context.Context, e *entry) error {
	if err := im.odd(ctx, e); err != nil {
		return err
	}
	file := im.fileOf(e.merged)
	if e.held == nil {
		return im.stage.Warn(ctx, file, record.Warning{Code: "purged", ID: e.merged.ID, Detail: "it was removed from the store since"})
	}
	if a, ok := e.held.entity.(*schema.Attachment); ok {
		return im.compareContent(ctx, a, file)
	}
	return nil
}

// finish stores the report of an import.
func (im *importer) finish(ctx context.Context) error {
	r, err := im.report(ctx)
	if err != nil {
		return err
	}
	text, err := r.JSON()
	if err != nil {
		return err
	}
	im.made = &r
	im.run.Verified, im.run.Report = r.Verified, text
	return ledger.Of(im.store).Finish(ctx, im.run, im.stage.FileParts(ctx))
}

// compareCollection merges into the store as it is: where it holds everything,
// there is nothing to write and nothing to keep.
func (im *importer) compareCollection(ctx context.Context, collection string) error {
	t, err := im.target(ctx, collection)
	if err != nil {
		return err
	}
	tell, done := im.progress("compare "+collection), int64(0)
	for m, err := range im.stage.Merge(ctx, collection, t) {
		if err != nil {
			return err
		}
		if err := im.compareRecord(ctx, t.keeper, &entry{merged: m, held: t.takeHeld(m.ID)}); err != nil {
			return err
		}
		if done++; tell != nil && done%100 == 0 {
			tell(done, 0)
		}
	}
	return nil
}

func (im *importer) compareRecord(ctx context.Context, k keeper, e *entry) error {
	if err := k.prepare(ctx, e); err != nil {
		return err
	}
	m, file := e.merged, im.fileOf(e.merged)
	if e.held == nil {
		removed, err := ledger.Of(im.store).Removed(ctx, k.kind.Name, m.ID)
		if err != nil {
			return err
		}
		if !removed {
			return im.fail(ctx, file, m.ID, "the store does not have it")
		}
	}
	if err := im.observe(ctx, e); err != nil || e.held == nil {
		return err
	}
	if m.Write {
		return im.fail(ctx, file, m.ID, "the store does not hold all of it")
	}
	if len(m.Versions) > 0 {
		return im.fail(ctx, m.Versions[0].File, m.ID, "a version of it is not in the history")
	}
	return im.compareState(ctx, k, m, e.held)
}

// compareState makes sure that the state which the import made is there still: it
// is the present one, or in the history.
func (im *importer) compareState(ctx context.Context, k keeper, m merge.Merged, stored *kept) error {
	r, err := ledger.Of(im.store).Record(ctx, im.run.PK, m.Winner.File, m.Winner.Pointer)
	if errors.Is(err, repo.ErrNotFound) || err == nil && r.Rev == 0 {
		return nil // the store had it before: the merge has found it there
	}
	if err != nil || r.Rev == stored.rev {
		return err
	}
	has, err := ledger.Of(im.store).HasState(ctx, k.kind.Name, m.ID, r.Rev)
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
		return im.stage.Warn(ctx, file, record.Warning{Code: "missing-blob", ID: a.ID, Detail: "its bytes are not in the source"})
	case c.Blob == "":
		return nil
	}
	if c.Undecodable() {
		im.contents.Undecodable++
		if err := im.stage.Warn(ctx, file, record.Warning{Code: "undecodable-base64", ID: a.ID, Detail: "the text is kept as it is"}); err != nil {
			return err
		}
	}
	if !im.seen[c.Blob] {
		im.seen[c.Blob] = true
		im.contents.Blobs++
		problem, err := im.brokenContent(ctx, c.Blob)
		if problem != nil {
			return im.fail(ctx, file, a.ID, "its content cannot be read back: "+problem.Error())
		}
		return err
	}
	return nil
}

// account writes down where every record of a collection went, unless each is one that
// was written down when it was stored.
func (im *importer) account(ctx context.Context, collection string) error {
	if n, err := im.stage.Count(ctx, collection); err != nil || n == im.noted[collection] {
		return err
	}
	var list []ledger.Record
	flush := func() error {
		err := ledger.Of(im.store).AddRecords(ctx, im.run.PK, list...)
		list = list[:0]
		return err
	}
	for a, err := range im.stage.Accounts(ctx, collection) {
		if err != nil {
			return err
		}
		list = append(list, ledger.Record{File: a.File, Pointer: a.Pointer, Collection: collection, ID: a.ID,
			SHA256: a.Sum.String(), Disposition: a.Disposition})
		if len(list) == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
