// Package recovery does with backups what needs to know what is in them: it proves
// that one can be restored by restoring it, restores all of a store or single
// records, says what a restore would change, makes backups that need nothing
// else, and makes them by itself.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"taskstore/backup"
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
}

func (o Options) repo() repo.Options { return repo.Options{Now: o.Now, Log: o.Log} }

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
	// directory, where the contents are.
	To string
}

// Create backs up the store in dir, which others may be using, of whatever version
// its schema is. See backup.Catalog.Create.
func Create(ctx context.Context, dir string, opt CreateOptions) (b backup.Backup, made bool, err error) {
	release, err := repo.ShareDir(ctx, dir, 0)
	if err != nil {
		return b, false, err
	}
	defer func() { err = errors.Join(err, release()) }()
	target := dir
	if opt.To != "" && !same(dir, opt.To) {
		target = opt.To
		opt.Bring = func(ctx context.Context, list []backup.Content) error {
			return bring(ctx, repo.BlobsDir(dir), repo.BlobsDir(target), list, opt.Options)
		}
	}
	return repo.Backups(target, opt.repo()).Create(ctx, repo.DBPath(dir), opt.CreateOptions)
}

func same(a, b string) bool {
	x, err := filepath.Abs(a)
	y, other := filepath.Abs(b)
	return err == nil && other == nil && x == y
}

// Verify reads a backup in dir from beginning to end and looks whether the contents
// it names are there. The outcome is recorded. ErrBad is that it is bad.
func Verify(ctx context.Context, dir, id string, opt Options) (b backup.Backup, err error) {
	catalog := repo.Backups(dir, opt.repo())
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
