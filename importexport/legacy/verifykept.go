package legacy

import (
	"context"
	"errors"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/repo"

	"github.com/go-json-experiment/json/jsontext"
)

// compareVersions hashes what is kept of the records that lost, and makes sure
// that the run's account names every record as it is in the source.
func (im *importer) compareVersions(ctx context.Context, collection string) error {
	kind := im.keeper(collection).kind.Name
	var page []merge.Accounted
	for a, err := range im.stage.Accounts(ctx, collection) {
		if err != nil {
			return err
		}
		if page = append(page, a); len(page) < merge.PageRows {
			continue
		}
		if err := im.compareAccount(ctx, kind, collection, page); err != nil {
			return err
		}
		page = page[:0]
	}
	if len(page) == 0 {
		return nil
	}
	return im.compareAccount(ctx, kind, collection, page)
}

// compareAccount compares records, which are in the order of their ids, with the
// run's account of them.
func (im *importer) compareAccount(ctx context.Context, kind, collection string, page []merge.Accounted) error {
	noted, err := ledger.Of(im.store).RecordsBetween(ctx, im.run.PK, collection, page[0].ID, page[len(page)-1].ID)
	if err != nil {
		return err
	}
	type place struct{ file, pointer string }
	sums := make(map[place]string, len(noted))
	for _, r := range noted {
		sums[place{r.File, r.Pointer}] = r.SHA256
	}
	for _, a := range page {
		switch {
		case sums[place{a.File, a.Pointer}] != a.Sum.String():
			err = im.fail(ctx, a.File, a.ID, a.Pointer+" is not in the account of the import")
		case a.Disposition == record.DispRevision:
			err = im.compareVersion(ctx, kind, collection, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compareVersion hashes a version that is kept. One that was the store's own state
// once is kept under its revision, and compareState has looked for it; one of a
// record that was purged went with it.
func (im *importer) compareVersion(ctx context.Context, kind, collection string, a merge.Accounted) error {
	state, err := ledger.Of(im.store).VersionState(ctx, kind, a.ID, a.Sum.String())
	if errors.Is(err, repo.ErrNotFound) {
		stood, err := ledger.Of(im.store).Stood(ctx, collection, a.ID, a.Sum.String())
		if err == nil && !stood {
			stood, err = ledger.Of(im.store).Removed(ctx, kind, a.ID)
		}
		if err != nil || stood {
			return err
		}
		return im.fail(ctx, a.File, a.ID, "a version of it is not in the history")
	}
	if err != nil {
		return im.fail(ctx, a.File, a.ID, "a version of it cannot be read back: "+err.Error())
	}
	sum, err := rawjson.Hash(jsontext.Value(state))
	if err != nil || sum != a.Sum {
		return im.fail(ctx, a.File, a.ID, "a version of it differs from the source")
	}
	return nil
}
