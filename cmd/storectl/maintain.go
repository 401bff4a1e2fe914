package main

import (
	"context"
	"errors"
	"time"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) optimizeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "optimize",
		Short: "Empty the search index of what is gone, let SQLite learn about the data, move its log into the file",
		Long: `Take words of texts that are gone out of the search index, which is written anew for that if it is in more than one
piece; let SQLite learn about the data; and move its log into the file. Others read and write meanwhile. Backups that are
made afterwards hold nothing of what was purged.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.upkeep(cmd.Context(), "optimize", dryRun, (*repo.Store).Optimize)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only look at the sizes")
	return cmd
}

func (a *app) vacuumCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "vacuum",
		Short: "Write the database file anew, without free pages",
		Long: `Write the database file anew, without free pages, after the search index was emptied of what is gone as optimize does.
Then no byte of what was purged is in the file or its log. It needs as much space again as the file takes, and whoever
writes waits meanwhile. If it fails the file stays as it was.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.upkeep(cmd.Context(), "vacuum", dryRun, (*repo.Store).Vacuum)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say how much it would give back")
	return cmd
}

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
