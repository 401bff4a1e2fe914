package recovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"taskstore/backup"
	"taskstore/repo"
)

// Healed is a record that a backup gave back.
type Healed struct {
	Kind   string `json:"kind"` // notes, tasks, ...
	ID     string `json:"id"`
	Lost   bool   `json:"lost"` // it was gone, else damaged
	Backup string `json:"backup"`
}

// Healer brings back from the newest good backup of a store what is damaged in it.
type Healer struct {
	store  *repo.Store
	backup backup.Backup
	old    *repo.Store
	done   func() error
}

// NewHealer unpacks the backup; nil is that there is none. That a newer one could not be read is an error: what
// it has would be given up for an older state.
func NewHealer(ctx context.Context, s *repo.Store, opt Options) (*Healer, error) {
	catalog := opt.catalog(s.Dir())
	all, err := catalog.List(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(b backup.Backup) bool {
		return b.Good() && b.Reason != backup.PreRepair && b.Reason != backup.PreRestore // what was made then lacks what is gone
	})
	if err := backup.NewerUnopened(all, i); err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, nil
	}
	b := all[i]
	old, done, err := scratchStore(ctx, catalog, b, opt)
	if errors.Is(err, ErrBad) {
		return nil, nil // it is not as good as it was; a check tells
	}
	if err != nil {
		return nil, err
	}
	return &Healer{store: s, backup: b, old: old, done: done}, nil
}

// Close takes the unpacked backup away.
func (h *Healer) Close() error { return h.done() }

// Backup names the backup.
func (h *Healer) Backup() string { return h.backup.ID }

// Revisions puts revisions right that are damaged or gone, and tells how many.
func (h *Healer) Revisions(ctx context.Context) (int, error) {
	return h.store.History.HealFrom(ctx, h.old)
}

// Records brings records back: those of damaged, by kind and id with the revisions that
// they had when that was found, that the backup has as the same revision, and those that
// are gone without anybody having removed them. What is there is kept in the history of
// each.
func (h *Healer) Records(ctx context.Context, damaged map[repo.Ref]int64) (list []Healed, err error) {
	for _, kind := range repo.Kinds() {
		k := healing{only: only{store: h.store, old: recordsOf(h.old, kind), live: recordsOf(h.store, kind), opt: OnlyOptions{From: h.store.Dir()}}, backup: h.backup.ID}
		err := k.all(ctx, damaged)
		if list = append(list, k.list...); err != nil {
			return list, fmt.Errorf("bring %s back from backup %s: %w", kind.Plural, h.backup.ID, err)
		}
	}
	return list, nil
}

// healing brings records of one kind back.
type healing struct {
	only
	backup string
	list   []Healed
}

func (h *healing) all(ctx context.Context, damaged map[repo.Ref]int64) error {
	was, err := h.old.Marks(ctx)
	if err != nil {
		return err
	}
	is, err := h.live.Marks(ctx)
	if err != nil {
		return err
	}
	var gone []string
	for _, id := range slices.Sorted(maps.Keys(was)) {
		rev, hurt := damaged[repo.Ref{Kind: h.old.kind.Name, ID: id}]
		if _, there := is[id]; !there {
			gone = append(gone, id)
		} else if hurt && rev == was[id].Rev {
			if err := h.heal(ctx, id, false); err != nil {
				return err
			}
		}
	}
	ended, err := h.store.History.Ended(ctx, h.old.kind.Name, gone)
	if err != nil {
		return err
	}
	for _, id := range gone {
		if ended[id] >= was[id].Rev {
			continue // somebody has removed it, or more than this of it
		}
		if err := h.heal(ctx, id, true); err != nil {
			return err
		}
	}
	return nil
}

func (h *healing) heal(ctx context.Context, id string, lost bool) error {
	_, needs, err := h.old.bringTo(ctx, h.live, id)
	if err != nil {
		return err
	}
	h.list = append(h.list, Healed{Kind: h.old.kind.Plural, ID: id, Lost: lost, Backup: h.backup})
	return h.adopt(ctx, needs)
}
