package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
	"taskstore/repo"
)

// openRead opens the store for a command that only reads: it creates and migrates nothing.
func (a *app) openRead(ctx context.Context) (*repo.Store, error) {
	dir, err := a.findStore()
	if err != nil {
		return nil, err
	}
	return repo.Open(ctx, dir, repo.Options{Busy: durable.Patience(ctx, 0), ReadOnly: true, NoMigrate: true, NoCreate: true, Log: a.log})
}

// openWrite opens the store for a command that changes something. With create it makes one where there is none, and
// says so. It does not migrate one that is there.
func (a *app) openWrite(ctx context.Context, create bool) (*repo.Store, error) {
	if a.opt.readOnly {
		return nil, misuse("leave out --read-only", "the command would change the store, and --read-only forbids it")
	}
	if !create {
		dir, err := a.findStore()
		if err != nil {
			return nil, err
		}
		return repo.Open(ctx, dir, repo.Options{Busy: durable.Patience(ctx, 0), NoMigrate: true, NoCreate: true, Log: a.log})
	}
	dir, created, err := a.placeForStore()
	if err != nil {
		return nil, err
	}
	store, err := repo.Open(ctx, dir, repo.Options{Busy: durable.Patience(ctx, 0), NoMigrate: !created, Log: a.log})
	if err == nil && created {
		a.say("created the store %s", dir)
	}
	return store, err
}

// placeForStore is the store's directory, and whether there is no store in it yet.
func (a *app) placeForStore() (dir string, empty bool, err error) {
	if dir, err = a.storeDir(); err != nil {
		return "", false, err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", false, misuse("--store or STORECTL_STORE names another place", "open the store: %s is a file, not a directory", dir)
	}
	file, err := os.Stat(filepath.Join(dir, databaseName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", false, err
	}
	empty = err != nil || file.Size() == 0 // left by a program that was killed while it made the store
	if empty && hasBackups(dir) {
		return "", false, noStore(dir, "there is no store in "+dir)
	}
	return dir, empty, nil
}

// openFor opens the store for a change, or for a dry run of one, which only reads.
func (a *app) openFor(ctx context.Context, dryRun, create bool) (*repo.Store, error) {
	if dryRun {
		dir, err := a.findStore()
		if err != nil {
			return nil, err
		}
		return repo.Open(ctx, dir, repo.Options{Busy: durable.Patience(ctx, 0), Untouched: true, Log: a.log})
	}
	return a.openWrite(ctx, create)
}

// openSearch opens the store for reading. If its index is behind, and the store may be written, it is brought in step
// first: else a search leaves out what the index does not know.
func (a *app) openSearch(ctx context.Context, searches bool) (*repo.Store, error) {
	store, err := a.openRead(ctx)
	if err != nil || !searches {
		return store, err
	}
	n, err := store.Index.Unindexed(ctx)
	if (n > 0 || errors.Is(err, repo.ErrIndex)) && !a.opt.readOnly {
		if wrote := a.bringInStep(ctx); !errors.Is(wrote, repo.ErrReadOnly) && !errors.Is(wrote, repo.ErrLocked) {
			n, err = 0, wrote
		}
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if n > 0 {
		a.say("left out, because the search index does not know them yet and nothing may be written: %s", counted(int(n), "record"))
	}
	return store, nil
}

// bringInStep has the search index take up what it does not know.
func (a *app) bringInStep(ctx context.Context) error {
	store, err := a.openWrite(ctx, false)
	if err != nil {
		return err
	}
	bar := a.newProgress("index", -1, false)
	err = store.Index.Flush(ctx, bar.set)
	bar.finish()
	return errors.Join(err, store.Close())
}

// readStore opens the store to read, calls fn, and closes it.
func (a *app) readStore(ctx context.Context, fn func(*repo.Store) error) (err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return fn(store)
}
