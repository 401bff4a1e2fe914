package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
	"taskstore/repo"

	"github.com/spf13/cobra"
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

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Create the store, or bring the schema of the one that is there up to date",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if a.opt.readOnly {
				return misuse("leave out --read-only", "init: --read-only forbids to create a store")
			}
			dir, created, err := a.placeForStore()
			if err != nil {
				return err
			}
			store, err := repo.Open(cmd.Context(), dir, repo.Options{Busy: durable.Patience(cmd.Context(), 0), Log: a.log})
			if err != nil {
				return err
			}
			if err := store.Close(); err != nil {
				return err
			}
			state, err := a.migrationState(cmd.Context())
			if err != nil {
				return err
			}
			done := "was there already"
			if created {
				done = "created"
			}
			return a.page("init", struct {
				Store   string `json:"store"`
				Created bool   `json:"created"`
				Version int64  `json:"schema_version"`
			}{dir, created, state.Current}, []property{{"store", dir}, {"state", done}, {"schema", state.Current}})
		},
	}
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
