package importexport

import (
	"context"

	"taskstore/importexport/ledger"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/uuid"
)

// judge decides about one record, and writes it if there is a loader.
func (m *importer) judge(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	count := m.res.Collections[it.collection()]
	if count == nil {
		count = &ImportedCount{}
		m.res.Collections[it.collection()] = count
	}
	count.Read++
	st, err := m.standing(ctx, tx, it)
	if err != nil {
		return err
	}
	switch {
	case !st.there:
		count.Created++
		return m.create(ctx, tx, it, loader)
	case st.equal:
		count.Skipped++
		return nil
	}
	count.Conflicts++
	if len(m.res.Conflicts) < mostNamed {
		m.res.Conflicts = append(m.res.Conflicts, it.ref())
	}
	way := m.opt.OnConflict
	if way == ConflictNewer {
		way = ConflictSkip
		if it.changed() > st.changed {
			way = ConflictReplace
		}
	}
	switch way {
	case ConflictReplace:
		count.Replaced++
		return m.replace(ctx, tx, it, st, loader)
	case ConflictBoth:
		count.Created++
		return m.both(ctx, tx, it, loader)
	case ConflictSkip:
		count.Skipped++
	}
	return nil
}

// standing is what the store has under the id of an item.
type standing struct {
	there, equal bool
	changed      schema.Time
	head         schema.Head
	rev          int64
}

func (m *importer) standing(ctx context.Context, tx *repo.Tx, it *item) (st standing, err error) {
	if it.r == nil {
		is, err := tx.Settings.Get(ctx, it.setting.Key)
		if st.there, err = found(err); !st.there {
			return st, err
		}
		fields, err := schema.Diff([]byte(is.Value), []byte(it.setting.Value))
		st.equal = err == nil && len(fields) == 0 || is.Value == it.setting.Value
		st.changed, st.rev = is.SavedAt, is.Rev
		return st, nil
	}
	id := it.r.head(it.value).ID
	if id == "" {
		return st, nil // it gets one
	}
	is, err := it.r.get(ctx, &tx.Repos, id)
	if st.there, err = found(err); !st.there {
		return st, err
	}
	st.head, st.changed = *it.r.head(is), it.r.changed(is)
	st.equal, err = sameRecord(it.r, is, it.value)
	return st, err
}

// sameRecord tells whether two records are equal in all that an archive says of
// them but their revisions.
func sameRecord(r records, a, b any) (bool, error) {
	x, err := comparable(r, a)
	if err != nil {
		return false, err
	}
	y, err := comparable(r, b)
	if err != nil {
		return false, err
	}
	fields, err := schema.Diff(x, y)
	return len(fields) == 0, err
}

// changed is when an item was last changed.
func (i *item) changed() schema.Time {
	if i.r == nil {
		return i.savedAt
	}
	if at := i.r.changed(i.value); at != "" {
		return at
	}
	return i.savedAt
}

// create writes a new record, with the revision that an archive says.
func (m *importer) create(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		s := it.setting
		if err := tx.Settings.Save(ctx, &s); err != nil {
			return err
		}
	} else if err := it.r.save(ctx, &tx.Repos, it.value); err != nil {
		return err
	}
	return loader.Created(ctx, it.ref(), it.rev, it.savedAt)
}

func (m *importer) replace(ctx context.Context, tx *repo.Tx, it *item, st standing, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		s := it.setting
		s.Rev = st.rev
		return tx.Settings.Save(ctx, &s)
	}
	h := it.r.head(it.value)
	h.PK, h.Rev, h.SavedAt, h.Lists = st.head.PK, st.head.Rev, st.head.SavedAt, st.head.Lists
	return it.r.save(ctx, &tx.Repos, it.value)
}

// both keeps the store's record and writes the file's under a new id. A setting,
// whose key is all it has, becomes a version in the history.
func (m *importer) both(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		_, err := ledger.In(tx).AddVersion(ctx, ledger.Version{Kind: "setting", ID: it.setting.Key, SHA256: hashOf([]byte(it.setting.Value)),
			Source: it.place, Time: it.savedAt, State: it.setting.Value})
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	it.r.head(it.value).ID = id.String()
	return it.r.save(ctx, &tx.Repos, it.value)
}
