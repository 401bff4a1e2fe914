package importexport

import (
	"bytes"
	"context"
	"slices"

	"taskstore/importexport/ledger"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/uuid"
)

// judge decides about one record, and writes it if that is wanted.
func (m *importer) judge(ctx context.Context, tx *repo.Tx, it *item, write bool) error {
	count := m.res.Collections[it.kind.Plural]
	if count == nil {
		count = &ImportedCount{}
		m.res.Collections[it.kind.Plural] = count
	}
	count.Read++
	st, err := m.standing(ctx, tx, it)
	if err != nil {
		return err
	}
	switch {
	case st.is == nil:
		count.Created++
		return m.create(ctx, tx, it, write)
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
		if it.changed() > it.kind.Changed(st.is) {
			way = ConflictReplace
		}
	}
	switch way {
	case ConflictReplace:
		count.Replaced++
		return m.replace(ctx, tx, it, st, write)
	case ConflictBoth:
		added, err := m.both(ctx, tx, it, write)
		if added {
			count.Created++
		} else {
			count.Skipped++
		}
		return err
	case ConflictSkip:
		count.Skipped++
	}
	return nil
}

// standing is what the store has under the id of an item.
type standing struct {
	is    any // nil: nothing
	equal bool
}

func (m *importer) standing(ctx context.Context, tx *repo.Tx, it *item) (st standing, err error) {
	id := it.kind.ID(it.value)
	if id == "" {
		return st, nil // it gets one
	}
	is, err := it.kind.In(&tx.Repos).Get(ctx, id, repo.Full)
	if there, err := found(err); !there {
		return st, err
	}
	st.is = is
	st.equal, err = sameRecord(it.kind, is, it.value)
	return st, err
}

// sameRecord tells whether two records are equal in all that an archive says of
// them but their revisions.
func sameRecord(k repo.Kind, a, b any) (bool, error) {
	x, err := comparable(k, a)
	if err != nil {
		return false, err
	}
	y, err := comparable(k, b)
	if err != nil || bytes.Equal(x, y) {
		return err == nil, err
	}
	fields, err := schema.Diff(x, y)
	if !k.IsEntity() && err != nil {
		return false, nil // another program wrote a value that is no JSON
	}
	return len(fields) == 0, err
}

// changed is when an item was last changed.
func (i *item) changed() schema.Time {
	if at := i.kind.Changed(i.value); at != "" {
		return at
	}
	return i.savedAt
}

// create writes a new record, with the revision that an archive says.
func (m *importer) create(ctx context.Context, tx *repo.Tx, it *item, write bool) error {
	if !write {
		return nil
	}
	if err := it.kind.In(&tx.Repos).Save(ctx, it.value); err != nil {
		return err
	}
	if m.loader == nil {
		return nil
	}
	return m.loader.Created(ctx, it.ref(), it.rev, it.savedAt)
}

func (m *importer) replace(ctx context.Context, tx *repo.Tx, it *item, st standing, write bool) error {
	if !write {
		return nil
	}
	if s, ok := it.value.(*schema.Setting); ok {
		s.Rev = it.kind.Rev(st.is)
	} else {
		h, is := it.kind.Head(it.value), it.kind.Head(st.is)
		h.PK, h.Rev, h.SavedAt, h.Lists = is.PK, is.Rev, is.SavedAt, is.Lists
	}
	return it.kind.In(&tx.Repos).Save(ctx, it.value)
}

// both keeps the store's record and writes the file's under a new id. A setting,
// whose key is all it has, becomes a version in the history. What an import of the same has
// added is not added again, also when it was changed or trashed since.
func (m *importer) both(ctx context.Context, tx *repo.Tx, it *item, write bool) (added bool, err error) {
	text, err := comparable(it.kind, it.value)
	if err != nil {
		return false, err
	}
	if s, ok := it.value.(*schema.Setting); ok {
		return m.bothSettings(ctx, tx, it, s, write)
	}
	head := it.kind.Head(it.value)
	id := copyID(it.kind.Name, head.ID, text)
	_, err = it.kind.In(&tx.Repos).Get(ctx, id)
	if there, err := found(err); there || err != nil || !write {
		return !there, err
	}
	head.ID = id
	return true, it.kind.In(&tx.Repos).Save(ctx, it.value)
}

func (m *importer) bothSettings(ctx context.Context, tx *repo.Tx, it *item, s *schema.Setting, write bool) (added bool, err error) {
	sum := hashOf([]byte(s.Value))
	has, err := ledger.In(tx).HasVersion(ctx, it.kind.Name, s.Key, sum)
	if err != nil || has || !write {
		return !has, err
	}
	return ledger.In(tx).AddVersion(ctx, ledger.Version{Kind: it.kind.Name, ID: s.Key, SHA256: sum,
		Source: it.place.String(), Time: it.savedAt, State: s.Value})
}

// copies is the namespace of the ids of records that both has added.
var copies = uuid.MustParse("6b1c0f5e-3f0b-5a0e-9d4e-2f6a8c1d7b90")

// copyID is the id of the copy of a record, which follows from what it says.
func copyID(kind, id string, text []byte) string {
	return uuid.NewSHA1(copies, slices.Concat([]byte(kind+"\x00"+id+"\x00"), text)).String()
}
