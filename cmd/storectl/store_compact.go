package main

import (
	"context"
	"errors"
	"time"

	"taskstore/repo"
)

// compacted is what optimize and vacuum print.
type compacted struct {
	repo.Compacted
	Free   int64 `json:"free_bytes"` // in pages that hold nothing, before
	DryRun bool  `json:"dry_run"`
}

func (a *app) upkeep(ctx context.Context, verb string, dryRun bool, do func(*repo.Store, context.Context) (repo.Compacted, error)) (err error) {
	if verb == "vacuum" && !dryRun {
		if _, err := a.findStore(); err != nil {
			return err
		}
		if err := a.confirm(ctx, "vacuum: write the whole database file anew"); err != nil {
			return err
		}
	}
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	done := compacted{DryRun: dryRun}
	if done.Free, err = store.Reclaimable(ctx); err != nil {
		return err
	}
	if dryRun {
		st, err := store.Status(ctx)
		if err != nil {
			return err
		}
		done.Before = st.DBBytes + st.WALBytes
		done.After = done.Before
	} else if done.Compacted, err = do(store, ctx); err != nil {
		return err
	}
	if done.Log > 0 && !dryRun {
		a.say("the log still holds %s: another program reads an older state; run %s again when it has ended", humanText(size(done.Log), time.Time{}), verb)
	}
	return a.page(verb, done, []property{{"free pages held", size(done.Free)}, {"file and log before", size(done.Before)}, {"after", size(done.After)}})
}
