package legacy

import (
	"context"
	"encoding/hex"
	"errors"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/repo"
)

// target is a collection of the store as the merge sees it.
type target struct {
	im     *importer
	keeper keeper
	empty  bool // the store has nothing that could be met
	// held are the records that the merge has asked for and that are there, until
	// they are taken.
	held map[string]*kept
}

// target looks at the store before the merge of a collection; nil without a store.
func (im *importer) target(ctx context.Context, collection string) (t *target, err error) {
	if im.store == nil {
		return nil, nil
	}
	t = &target{im: im, keeper: im.keeper(collection), held: map[string]*kept{}}
	t.empty, err = t.keeper.empty(ctx)
	return t, err
}

// orNil is t as the merge wants it.
func (t *target) orNil() merge.Target {
	if t == nil {
		return nil
	}
	return t
}

// takeHeld gives what Current found under an id.
func (t *target) takeHeld(id string) *kept {
	k := t.held[id]
	delete(t.held, id)
	return k
}

// taken is take where there may be no store.
func (t *target) taken(id string) *kept {
	if t == nil {
		return nil
	}
	return t.takeHeld(id)
}

// Current implements Target. A record that was written in the store since it was
// imported has no rank any more.
func (t *target) Current(ctx context.Context, collection, id string) (merge.Present, bool, error) {
	if t.empty {
		return merge.Present{}, false, nil
	}
	k, err := t.keeper.read(ctx, id)
	if err != nil || k == nil {
		return merge.Present{}, false, err
	}
	t.held[id] = k
	p := merge.Present{Raw: k.raw, Trash: k.trash}
	from, err := ledger.Of(t.im.store).Origin(ctx, collection, id)
	switch {
	case err == nil && from.Rev == k.rev:
		p.Rank, p.Time = record.Rank(from.Rank), from.Time
		p.Follows, err = t.follows(ctx, from)
		return p, true, err
	case err == nil || errors.Is(err, repo.ErrNotFound):
		p.Time = k.saved
	default:
		return p, false, err
	}
	return p, true, nil
}

// follows returns the hash of the record of a source that the store's record still is. It is
// not that of a record which only completed the store's.
func (t *target) follows(ctx context.Context, from ledger.Record) (sum rawjson.Sum, err error) {
	raw, err := hex.DecodeString(from.SHA256)
	if err != nil || len(raw) != len(sum) || from.Disposition == record.DispDuplicate {
		return sum, nil // an import that was stopped has not noted it yet
	}
	changed, err := ledger.Of(t.im.store).ItemsChanged(ctx, t.keeper.kind.Name, from.ID, from.Rev)
	if err == nil && !changed {
		copy(sum[:], raw)
	}
	return sum, err
}

// HasVersion implements Target: whatever was once read from a source is known.
func (t *target) HasVersion(ctx context.Context, collection, id string, sum rawjson.Sum) (bool, error) {
	sha := sum.String()
	has, err := ledger.Of(t.im.store).HasVersion(ctx, t.keeper.kind.Name, id, sha)
	if err != nil || has {
		return has, err
	}
	return ledger.Of(t.im.store).HasRecord(ctx, collection, id, sha)
}
