package offsite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"

	"golang.org/x/sync/errgroup"
)

// List gives the backups that are there, the newest first: those whose manifest is. One whose
// manifest cannot be read is among them.
func (t *Target) List(ctx context.Context) (list []backup.Backup, err error) {
	defer t.explain(&err)
	list, err = t.list(ctx)
	return slices.DeleteFunc(list, func(b backup.Backup) bool { return errors.Is(b.Unreadable, ErrNotThere) }), err
}

// list is List with the backups whose manifest is listed and not there: one that is being removed, if the place says the truth.
func (t *Target) list(ctx context.Context) (list []backup.Backup, err error) {
	manifests := map[string][]string{}
	for o, err := range t.objs.List(ctx, backupsFolder, "") {
		if err != nil {
			return nil, err
		}
		is, ok := pieces.ParseName(o.Name)
		if id, suffix := backupOf(is.Base); ok && suffix == manifestSuffix {
			manifests[id] = append(manifests[id], o.Name)
		}
	}
	states, err := t.states(ctx)
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(manifests))
	slices.Reverse(ids)
	list = make([]backup.Backup, len(ids))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(t.opt.Workers)
	for i, id := range ids {
		g.Go(func() (err error) {
			if list[i], err = t.manifest(inner, id, manifests[id]); err == nil && list[i].Known() {
				fold(&list[i], states)
			}
			return err
		})
	}
	return list, g.Wait()
}

// manifest reads the manifest of a backup. That it is damaged is said in the backup; what is
// gone by now is ErrNotThere there.
func (t *Target) manifest(ctx context.Context, id string, names []string) (b backup.Backup, err error) {
	file, err := t.pieces.Read(ctx, names, pieces.Facts)
	if err == nil {
		b.Manifest, err = backup.ParseManifest(file, id)
	}
	b.ID = id
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotThere) || errors.Is(err, backup.ErrCorrupt) {
		b.Unreadable, err = fmt.Errorf("%w: %w", backup.ErrCorrupt, err), nil
	}
	return b, err
}

// Get finds a backup by its id, by the beginning of it that no other has, or by backup.Latest, the newest of
// this store if it has any there.
func (t *Target) Get(ctx context.Context, id string) (b backup.Backup, err error) {
	defer t.explain(&err)
	list, err := t.List(ctx)
	if err != nil {
		return b, err
	}
	if id == backup.Latest {
		own, err := t.ownIfAny(ctx, list)
		if err != nil {
			return b, err
		}
		return backup.LatestOf(own, t.opt.Now())
	}
	ids := make([]string, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	if id, err = backup.OneOf(ids, id); err != nil {
		return b, fmt.Errorf("find a backup by its id: %w", err)
	}
	return list[slices.Index(ids, id)], nil
}

// Contents gives what a backup names.
func (t *Target) Contents(ctx context.Context, b backup.Backup) (list []backup.Content, err error) {
	defer t.explain(&err)
	if !b.Known() {
		return nil, b.Unreadable
	}
	file, err := t.pieces.BytesOf(ctx, backupsFolder+b.ID+listSuffix)
	if errors.Is(err, ErrNotThere) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, err
	}
	return backup.ParseContents(ctx, file, b.Manifest)
}
