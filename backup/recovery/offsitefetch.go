package recovery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/repo"

	"golang.org/x/sync/errgroup"
)

// HealFrom is what the store in dir has that can stand in for what a target has lost.
func HealFrom(dir string, to *offsite.Target, opt Options) (*offsite.Local, error) {
	l := &offsite.Local{Catalogs: []*backup.Catalog{opt.catalog(dir)}}
	contents, err := blobs.Open(repo.BlobsDir(dir), blobs.Options{ReadOnly: true})
	if err == nil {
		l.Contents = contents
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if staged, err := to.Staging(); err == nil && staged != "" {
		l.Catalogs = append(l.Catalogs, opt.catalog(staged))
	}
	return l, nil
}

// fetched is backups of a target in scratch.
type fetched struct {
	dir     string
	catalog *backup.Catalog
	done    func() error
}

// fetch brings backups of a target to scratch, without their contents. beside is a store's
// directory on whose disk there is room; "" is the system's place.
func fetch(ctx context.Context, from *offsite.Target, beside string, opt Options, ids ...string) (f fetched, list []backup.Backup, err error) {
	if err := from.NeedReadable(); err != nil {
		return f, nil, err
	}
	use, err := from.Use(ctx)
	if err != nil {
		return f, nil, err
	}
	scratch, remove, err := scratchBeside(beside, opt)
	if err != nil {
		use.Done()
		return f, nil, err
	}
	f = fetched{scratch, opt.catalog(scratch), func() error { use.Done(); return remove() }}
	for _, id := range ids {
		b, err := from.Get(ctx, id)
		if err == nil && !slices.ContainsFunc(list, func(other backup.Backup) bool { return other.ID == b.ID }) {
			_, err = from.Fetch(ctx, b, f.catalog)
		}
		list = append(list, b)
		if err != nil {
			return f, list, errors.Join(err, f.done())
		}
	}
	return f, list, nil
}

func scratchBeside(dir string, opt Options) (scratch string, remove func() error, err error) {
	if dir != "" {
		return opt.catalog(dir).Scratch()
	}
	scratch, err = durable.TempDir("", "taskstore-offsite-*")
	return scratch, func() error { return os.RemoveAll(scratch) }, err
}

// DrillOffsite is RunDrill of a backup at a target, from the target alone. The outcome is recorded
// there.
func DrillOffsite(ctx context.Context, from *offsite.Target, id string, opt Options) (d Drill, err error) {
	began := opt.now()
	beside, err := from.Staging()
	if err == nil && beside != "" {
		err = durable.MakeDir(opt.catalog(beside).Dir())
	}
	if err != nil {
		return d, err
	}
	f, list, err := fetch(ctx, from, beside, opt, id)
	if errors.Is(err, backup.ErrCorrupt) && len(list) == 1 {
		d.ID, d.Problems = list[0].ID, []string{err.Error()}
		return d, errors.Join(fmt.Errorf("drill backup %s: %w: %w", d.ID, ErrBad, err), from.Drilled(ctx, d.ID, err))
	}
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, f.done()) }()
	opt.elsewhere = from
	w := &driller{Drill: &d, dir: f.dir, b: list[0], catalog: f.catalog, opt: opt}
	return d, w.drill(ctx, began, from.Drilled)
}

// readers is how many contents are read from a target at once.
const readers = 4

// contentsElsewhere reads contents that are at a target.
func (w *driller) contentsElsewhere(ctx context.Context, list []backup.Content) error {
	var mu sync.Mutex
	n := 0
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, c := range list {
		g.Go(func() error {
			if c.Missing {
				return nil
			}
			err := hashes(inner, w.opt.elsewhere, c.SHA256)
			if err != nil && !errors.Is(err, blobs.ErrCorrupt) && !errors.Is(err, blobs.ErrNotFound) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			n++
			w.opt.progress("contents", n, len(list))
			w.read(c, err)
			return nil
		})
	}
	return g.Wait()
}

// hashes reads a content from beginning to end: else it is blobs.ErrCorrupt or ErrNotFound.
func hashes(ctx context.Context, from elsewhere, sha string) error {
	r, err := from.Content(ctx, sha)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != sha {
		return fmt.Errorf("%w: content %s", blobs.ErrCorrupt, sha)
	}
	return nil
}

// RestoreOffsite is Restore from a target: the backup comes to scratch, and of its contents what
// the store does not have. RestoreOptions.From is of no use here. Until all of it is there nothing
// of the store is changed.
func RestoreOffsite(ctx context.Context, dir, id string, from *offsite.Target, opt RestoreOptions) (r Restored, err error) {
	if !opt.DryRun {
		if err := repo.Fits(dir); err != nil {
			return r, err
		}
		if err := durable.MakeDir(opt.catalog(dir).Dir()); err != nil { // its disk has the room, if any has
			return r, err
		}
	}
	f, list, err := fetch(ctx, from, dir, opt.Options, id)
	if errors.Is(err, backup.ErrCorrupt) && len(list) == 1 {
		return r, &RefusedError{ID: list[0].ID, Why: err}
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, f.done()) }()
	opt.From, opt.elsewhere = f.dir, from
	r, err = Restore(ctx, dir, list[0].ID, opt)
	if (err == nil || errors.Is(err, ErrMissing)) && !opt.DryRun && remembers(from, dir) {
		err = errors.Join(err, from.Inherit(ctx, list[0].ID))
	}
	return r, err
}

// remembers tells that the target is the one that the store in dir knows, and not opened from elsewhere.
func remembers(from *offsite.Target, dir string) bool {
	staged, err := from.Staging()
	return err == nil && staged != "" && filepath.Dir(staged) == OffsiteMemory(dir)
}

// OnlyOffsite is Only from a target.
func OnlyOffsite(ctx context.Context, s *repo.Store, id string, from *offsite.Target, opt OnlyOptions) (list []Change, err error) {
	f, got, err := fetch(ctx, from, s.Dir(), opt.Options, id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.done()) }()
	opt.From, opt.elsewhere = f.dir, from
	return Only(ctx, s, got[0].ID, opt)
}

// DiffOffsite is Diff of backups at a target; b may be Live, the store in dir.
func DiffOffsite(ctx context.Context, dir string, from *offsite.Target, a, b string, opt Options) (list []Change, err error) {
	ids := []string{a}
	if b != Live {
		ids = append(ids, b)
	}
	f, got, err := fetch(ctx, from, dir, opt, ids...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.done()) }()
	before, done, err := openState(ctx, f.dir, got[0].ID, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	at, other := dir, Live
	if b != Live {
		at, other = f.dir, got[1].ID
	}
	after, doneToo, err := openState(ctx, at, other, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, doneToo()) }()
	return diffStates(ctx, before, after)
}
