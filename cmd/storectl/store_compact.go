package main

import (
	"context"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// compacted is what optimize and vacuum print.
type compacted struct {
	repo.Compacted
	Free   int64 `json:"free_bytes"` // in pages that hold nothing, before
	DryRun bool  `json:"dry_run"`
}

func (a *app) upkeep(ctx context.Context, verb string, dryRun bool, do func(*repo.Store, context.Context) (repo.Compacted, error)) (err error) {
	if verb == "vacuum" {
		if _, err := a.findStore(); err != nil {
			return err
		}
		if err := a.agreed(ctx, dryRun, "vacuum: write the whole database file anew", "Whoever writes waits meanwhile."); err != nil {
			return err
		}
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
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
			a.Say("the log still holds %s: another program reads an older state; run %s again when it has ended", term.Human(term.Size(done.Log), time.Time{}), verb)
		}
		return a.Page(verb, done, term.Props("free pages held", term.Size(done.Free), "file and log before", term.Size(done.Before), "after", term.Size(done.After)))
	})
}
