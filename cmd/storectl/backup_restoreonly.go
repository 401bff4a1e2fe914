package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"
)

// restoreOnly brings records back into the store.
func (a *app) restoreOnly(ctx context.Context, id string, f restoring) (err error) {
	name, record, _ := strings.Cut(f.only, "/")
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	if strings.Contains(f.only, "/") && record == "" {
		return misuse("storectl list "+k.Plural+" shows the ids", "backup restore: --only %s: the id is empty", f.only)
	}
	return a.withStore(ctx, writing(f.dryRun, false), func(store *repo.Store) error {
		opt, done := a.recoveryOptions()
		list, err := a.bringBack(ctx, store, id, f.from, recovery.OnlyOptions{Options: opt, Collection: k.Plural, ID: record, DryRun: f.dryRun})
		done()
		if errors.Is(err, repo.ErrNotFound) {
			return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("backup restore: there is no %s %q in backup %s", k.Name, record, id), Err: err,
				Hint: "storectl backup diff " + shell.Quote(id) + " live" + fromWords(f.from) + " shows in what it differs from the store"}
		}
		if err != nil && !errors.Is(err, recovery.ErrMissing) {
			return err
		}
		// What a restore adds or changes is told as such: Change is about the store.
		if print := a.printChanges("backup-restore", list, map[string]any{"dry_run": f.dryRun}); print != nil {
			return print
		}
		if len(list) == 0 && err == nil {
			a.Say("nothing differs from the backup")
		} else if !f.dryRun && len(list) > 0 {
			a.Say("what was there is in the history of each record: storectl%s history %s ID", a.storeFlag(), k.Plural)
		}
		return err
	})
}

func (a *app) bringBack(ctx context.Context, store *repo.Store, id, from string, opt recovery.OnlyOptions) ([]recovery.Change, error) {
	if shelf.IsAddress(from) {
		t, err := a.target(ctx, from, opt.Progress)
		if err != nil {
			return nil, err
		}
		return recovery.OnlyOffsite(ctx, store, id, t, opt)
	}
	place, err := a.backupPlace(from)
	if err != nil {
		return nil, err
	}
	opt.From = place
	return recovery.Only(ctx, store, id, opt)
}
