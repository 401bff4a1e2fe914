package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
	"taskstore/repo"
)

// access is what a command opens the store for.
type access int

const (
	toRead        access = iota // creates, migrates and changes nothing
	toSearch                    // reads an index that knows all records
	toTry                       // a dry run: reads, and leaves every byte of the files as it is
	toWrite                     // changes the store that is there
	toCreate                    // changes it, or makes one where there is none
	toInit                      // makes one, or brings its schema up to date
	toMigrate                   // brings the schema of the one that is there up to date
	toCheck                     // a check: reads, and leaves every byte of the files as it is
	toCheckBeside               // a check beside another program that changes the files
)

// writing is the access of a command that changes the store, unless it is a dry run. create says that there need not
// be a store yet.
func writing(dryRun, create bool) access {
	switch {
	case dryRun:
		return toTry
	case create:
		return toCreate
	}
	return toWrite
}

// withStore opens the store, calls do, and closes it.
func (a *app) withStore(ctx context.Context, to access, do func(*repo.Store) error) error {
	_, err := inStore(ctx, a, to, func(store *repo.Store) (struct{}, error) { return struct{}{}, do(store) })
	return err
}

// opened does nothing with a store: opening it is what was wanted.
func opened(*repo.Store) error { return nil }

// inStore is withStore for what gives a result.
func inStore[T any](ctx context.Context, a *app, to access, do func(*repo.Store) (T, error)) (result T, err error) {
	store, err := a.open(ctx, to)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store)
}

// open opens the store. One that is there is not migrated.
func (a *app) open(ctx context.Context, to access) (*repo.Store, error) {
	opt := repo.Options{Busy: durable.Patience(ctx, 0), Log: a.log}
	switch to {
	case toSearch:
		return a.openSearch(ctx)
	case toCreate, toInit:
		return a.openCreate(ctx, to == toInit)
	case toRead:
		opt.ReadOnly, opt.NoMigrate, opt.NoCreate = true, true, true
	case toTry:
		opt.Untouched = true
	case toCheck, toCheckBeside:
		opt.ReadOnly, opt.Untouched = true, to == toCheck
	case toWrite, toMigrate:
		if err := a.mayWrite(); err != nil {
			return nil, err
		}
		opt.NoMigrate, opt.NoCreate = to == toWrite, true
	}
	dir, err := a.findStore()
	if err != nil {
		return nil, err
	}
	return repo.Open(ctx, dir, opt)
}

// mayWrite refuses under --read-only.
func (a *app) mayWrite() error {
	if a.opt.readOnly {
		return misuse("leave out --read-only", "the command would change the store, and --read-only forbids it")
	}
	return nil
}

// openCreate opens the store for changes. It makes one where there is none, and says so unless that is what was asked
// for: init, which also brings the schema up to date.
func (a *app) openCreate(ctx context.Context, init bool) (*repo.Store, error) {
	if err := a.mayWrite(); err != nil {
		return nil, err
	}
	dir, created, err := a.placeForStore()
	if err != nil {
		return nil, err
	}
	store, err := repo.Open(ctx, dir, repo.Options{Busy: durable.Patience(ctx, 0), NoMigrate: !created && !init, Log: a.log})
	if err == nil && created && !init {
		a.Say("created the store %s", dir)
	}
	return store, err
}

// openSearch opens the store for reading. If its index is behind, and the store may be written, it is brought in step
// first: else a search leaves out what the index does not know.
func (a *app) openSearch(ctx context.Context) (*repo.Store, error) {
	store, err := a.open(ctx, toRead)
	if err != nil {
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
		a.Say("left out, because the search index does not know them yet and nothing may be written: %s", counted(int(n), "record"))
	}
	return store, nil
}

// bringInStep has the search index take up what it does not know.
func (a *app) bringInStep(ctx context.Context) error {
	return a.withStore(ctx, toWrite, func(store *repo.Store) error {
		bar := a.NewProgress("index", -1, false)
		defer bar.Finish()
		return store.Index.Flush(ctx, bar.Set)
	})
}

// placeForStore is the store's directory, and whether there is no store in it yet.
func (a *app) placeForStore() (dir string, empty bool, err error) {
	if dir, err = a.storeDir(); err != nil {
		return "", false, err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", false, misuse(fileHint(dir), "open the store: %s is a file, not a directory", dir)
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
