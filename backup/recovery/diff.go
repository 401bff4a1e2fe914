package recovery

import (
	"context"
	"errors"
	"maps"
	"slices"

	"taskstore/repo"
)

// Live is what Diff calls the store itself.
const Live = "live"

// Change is one record that differs between two states of a store.
type Change struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Change  string   `json:"change"`            // added, removed or changed
	Members []string `json:"members,omitempty"` // of changed: which ones
}

// The changes.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Diff says what is different in b, record by record: added, removed, changed.
// a and b name backups in dir; b may be Live. Records in the trash count as there,
// with a member of their own. Times of saving and revisions are no difference.
func Diff(ctx context.Context, dir, a, b string, opt Options) (list []Change, err error) {
	before, done, err := openState(ctx, dir, a, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	after, doneToo, err := openState(ctx, dir, b, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, doneToo()) }()
	return diffStates(ctx, before, after)
}

func diffStates(ctx context.Context, before, after *repo.Store) (list []Change, err error) {
	for _, kind := range repo.Kinds() {
		changes, err := diffKind(ctx, recordsOf(before, kind), recordsOf(after, kind))
		if err != nil {
			return nil, err
		}
		list = append(list, changes...)
	}
	return list, nil
}

// openState opens a backup in scratch, or the store.
func openState(ctx context.Context, dir, id string, opt Options) (s *repo.Store, done func() error, err error) {
	if id == Live {
		open := opt.repo()
		open.ReadOnly = true
		s, err := repo.Open(ctx, dir, open)
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	}
	catalog := opt.catalog(dir)
	b, err := catalog.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return scratchStore(ctx, catalog, b, opt)
}

func diffKind(ctx context.Context, a, b records) (list []Change, err error) {
	was, err := a.Marks(ctx)
	if err != nil {
		return nil, err
	}
	is, err := b.Marks(ctx)
	if err != nil {
		return nil, err
	}
	ids := maps.Clone(was)
	maps.Copy(ids, is)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x, had := was[id]
		y, has := is[id]
		if had && has && x == y && x.Sum != 0 {
			continue
		}
		c, err := diffRecord(ctx, a, b, id, had, has)
		if err != nil {
			return nil, err
		}
		if c.Change != "" {
			c.Kind, c.ID = a.kind.Plural, id
			list = append(list, c)
		}
	}
	return list, nil
}

func diffRecord(ctx context.Context, a, b records, id string, had, has bool) (c Change, err error) {
	switch {
	case !had:
		c.Change = Added
	case !has:
		c.Change = Removed
		b = a
	default:
		before, err := a.members(ctx, id)
		if err != nil {
			return c, err
		}
		after, err := b.members(ctx, id)
		if err != nil {
			return c, err
		}
		if c.Members = changedMembers(before, after); len(c.Members) == 0 {
			return c, nil
		}
		c.Change = Changed
	}
	c.Title, err = b.Title(ctx, id)
	return c, err
}
