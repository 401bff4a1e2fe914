package recovery

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/repo"
)

// OffsiteMemory is the directory beside a store in which it remembers targets: see
// offsite.Options.Memory.
func OffsiteMemory(dir string) string {
	return filepath.Join(repo.Backups(dir, repo.Options{}).Dir(), "offsite")
}

// CreateOffsite backs up the store in dir as Create does, to a target: contents first, the
// backup made and checked beside the store, its files, its manifest last. CreateOptions.To and New
// are of no use here. When an earlier call was cut and the store has not changed, it goes on with
// the same backup. made is false if the target had all there is.
func CreateOffsite(ctx context.Context, dir string, to *offsite.Target, opt CreateOptions) (b backup.Backup, made bool, err error) {
	if err := repo.CheckLog(ctx, dir); err != nil {
		return b, false, err
	}
	db, release, err := opt.hold(ctx, dir)
	if err != nil {
		return b, false, err
	}
	defer func() { err = errors.Join(err, release()) }()
	use, err := to.Use(ctx)
	if err != nil {
		return b, false, err
	}
	defer use.Done()
	there, err := to.List(ctx)
	if err == nil {
		there, err = to.Own(ctx, there)
	}
	if err != nil {
		return b, false, err
	}
	staging, remove, err := staging(to)
	if err != nil {
		return b, false, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	p := &pushing{to: to, use: use, opt: opt, catalog: opt.catalog(staging), there: there}
	return p.push(ctx, dir, db)
}

// staging is where backups for a target are made ready.
func staging(to *offsite.Target) (dir string, remove func() error, err error) {
	dir, err = to.Staging()
	if dir == "" || errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		dir, err = durable.TempDir("", "taskstore-offsite-*")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	return dir, func() error { return nil }, err
}

// pushing is a backup on its way to a target.
type pushing struct {
	to      *offsite.Target
	use     *offsite.Using
	opt     CreateOptions
	catalog *backup.Catalog // beside the store
	there   []backup.Backup
}

func (p *pushing) push(ctx context.Context, dir, db string) (b backup.Backup, made bool, err error) {
	contents, err := blobs.Open(repo.BlobsDir(dir), blobs.Options{ReadOnly: true})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b, false, err
	}
	create := p.opt.CreateOptions
	create.Bring = func(ctx context.Context, list []backup.Content) error {
		_, err := p.to.PutContents(ctx, contents, list)
		return err
	}
	if create.IfChanged, err = p.goesOn(ctx); err != nil {
		return b, false, err
	}
	if b, _, err = p.catalog.Create(ctx, db, create); err != nil {
		return b, false, err
	}
	same, err := p.same(ctx, b)
	if err != nil {
		return b, false, err
	}
	if p.opt.IfChanged && same.ID != "" && same.ID != b.ID {
		return same, false, errors.Join(p.catalog.Remove(ctx, b.ID), p.to.Backed(same.ID))
	}
	if made, err = p.to.PutBackup(ctx, p.use, contents, p.catalog, b); err != nil {
		return b, made, err
	}
	return b, made, p.tidy(ctx, b.ID)
}

// goesOn tells whether the newest backup that is ready may be the one that is made: it has not arrived, or it is good there
// and one that holds the same is enough.
func (p *pushing) goesOn(ctx context.Context) (bool, error) {
	list, err := p.catalog.List(ctx)
	if err != nil || len(list) == 0 {
		return p.opt.IfChanged, err
	}
	i := slices.IndexFunc(p.there, func(b backup.Backup) bool { return b.ID == list[0].ID })
	return i < 0 || p.opt.IfChanged && p.there[i].Good(), nil
}

// same finds the newest good backup there, if it holds the same and is there whole. What it needs may
// have gone if the use has lapsed: then it is not counted on.
func (p *pushing) same(ctx context.Context, b backup.Backup) (same backup.Backup, err error) {
	i := slices.IndexFunc(p.there, backup.Backup.Good)
	if i < 0 || !b.Good() || p.there[i].DB.SHA256 != b.DB.SHA256 || p.there[i].Named.List.SHA256 != b.Named.List.SHA256 {
		return same, nil
	}
	whole, err := p.to.Complete(ctx, p.there[i])
	if err != nil || !whole || p.use.Lapsed() {
		return same, err
	}
	return p.there[i], nil
}

// tidy keeps of the backups that were made ready the last one: what the next is compared with, and
// what heals the target.
func (p *pushing) tidy(ctx context.Context, but string) error {
	list, err := p.catalog.List(ctx)
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.ID != but {
			if err := p.catalog.Remove(ctx, b.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
