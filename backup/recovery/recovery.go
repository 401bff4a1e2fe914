// Package recovery does with backups what needs to know what is in them: it proves
// that one can be restored by restoring it, restores all of a store or single
// records, says what a restore would change, makes backups that need nothing
// else, and makes them by itself.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"taskstore/backup"
	"taskstore/internal/durable"
	"taskstore/migrations"
	"taskstore/repo"
)

var (
	// ErrBad means that a backup is not what it should be: a verification or a
	// drill failed, or a restore refused it. Nothing was changed.
	ErrBad = errors.New("the backup is bad")

	// ErrMissing means that contents that a backup names are nowhere. Everything
	// else was restored.
	ErrMissing = errors.New("contents are missing")
)

// Options is what everything in this package can be told. The zero value is good.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log is told what is done; nil is silent.
	Log *slog.Logger
	// Progress, if set, is told of long work: what, how much is done, of how much.
	Progress func(what string, done, total int64)

	elsewhere elsewhere // where the contents are, if they are in no directory
}

func (o Options) repo() repo.Options { return repo.Options{Now: o.Now, Log: o.Log} }

// catalog is the backups in a directory, with those who are told of long work.
func (o Options) catalog(dir string) *backup.Catalog {
	return repo.Backups(dir, o.repo()).WithProgress(o.Progress)
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

func (o Options) progress(what string, done, total int) {
	if o.Progress != nil {
		o.Progress(what, int64(done), int64(total))
	}
}

// CreateOptions says what backup to make.
type CreateOptions struct {
	Options
	backup.CreateOptions
	// To is a directory for a backup that needs nothing else: the contents that it
	// names are put there too, those that are not there yet. "" is the store's own
	// directory, where the contents are. It may lie anywhere where the store does not:
	// then the store may be on a disk that cannot be written.
	To string
	// New begins anew in To where the store had backups that are not there: see ErrAway.
	New bool
}

// Create backs up the store in dir, which others may be using, of whatever version
// its schema is. See backup.Catalog.Create. ErrAway: see CreateOptions.New.
func Create(ctx context.Context, dir string, opt CreateOptions) (b backup.Backup, made bool, err error) {
	if err := repo.CheckLog(ctx, dir); err != nil {
		return b, false, err
	}
	db, release, err := opt.hold(ctx, dir)
	if err != nil {
		return b, false, err
	}
	defer func() { err = errors.Join(err, release()) }()
	target := dir
	if opt.To != "" && !same(dir, opt.To) {
		if err := repo.Fits(opt.To); err != nil {
			return b, false, err
		}
		if err := opt.enterTarget(ctx, dir); err != nil {
			return b, false, err
		}
		target = opt.To
		opt.Bring = func(ctx context.Context, list []backup.Content) error {
			return bring(ctx, repo.BlobsDir(dir), repo.BlobsDir(target), list, opt.Options)
		}
	}
	return opt.catalog(target).Create(ctx, db, opt.CreateOptions)
}

// hold keeps the store in dir from being replaced while it is copied, and tells what to
// copy. Where nothing can be written SQLite cannot open a store as it does elsewhere,
// and nobody can begin to write to it through this program.
func (o *CreateOptions) hold(ctx context.Context, dir string) (db string, release func() error, err error) {
	db = repo.DBPath(dir)
	unlock, err := repo.ShareDir(ctx, dir, 0)
	if durable.Writable(dir) {
		return db, unlock, err
	}
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		unlock, err = func() error { return nil }, nil // there is no lock to be had
	}
	if err != nil {
		return "", nil, err
	}
	way, err := migrations.ReadOnly(ctx, db, func() (string, error) { return durable.TempDir("", "taskstore-backup-*") })
	if err != nil {
		return "", nil, errors.Join(err, unlock())
	}
	o.Params = way.Params
	return way.File, func() error { return errors.Join(way.Done(), unlock()) }, nil
}

func same(a, b string) bool {
	x, err := filepath.Abs(a)
	y, other := filepath.Abs(b)
	return err == nil && other == nil && x == y
}

// Verify reads a backup in dir from beginning to end and looks whether the contents
// it names are there. The outcome is recorded. ErrBad is that it is bad.
func Verify(ctx context.Context, dir, id string, opt Options) (b backup.Backup, err error) {
	catalog := opt.catalog(dir)
	if b, err = catalog.Get(ctx, id); err != nil {
		return b, err
	}
	have := haveIn(ctx, repo.BlobsDir(dir))
	return b, bad(catalog.Verify(ctx, b.ID, true, have))
}

// bad marks what makes a backup bad.
func bad(err error) error {
	if errors.Is(err, backup.ErrCorrupt) && !errors.Is(err, ErrBad) {
		return fmt.Errorf("%w: %w", ErrBad, err)
	}
	return err
}
