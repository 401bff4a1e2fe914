package main

import (
	"context"
	"fmt"
	"path/filepath"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/legacy"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

func (a *app) blobGC() *cobra.Command {
	var grace string
	var opt contents.CollectOptions
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Move contents that nothing needs to the trash",
		Long: `Move contents to the trash that nothing has needed for the grace period: no record, live or in the trash, no revision,
nothing in quarantine, no kept backup. The period begins when a gc first finds a content so; --grace 0 takes it at once.
From the trash a content comes back by blob trash restore, and by itself when something needs it again. blob trash empty
removes it for good. What killed imports left in the store's directory is removed too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if opt.Grace, err = a.lastingOf("grace", grace); err != nil {
				return err
			}
			return a.gc(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&grace, "grace", "7d", "how long, as `DUR`, nothing must have needed a content")
	dryRunFlag(cmd, &opt.DryRun, onlySay)
	return cmd
}

func (a *app) gc(ctx context.Context, opt contents.CollectOptions) (err error) {
	return a.withStore(ctx, writing(opt.DryRun, false), func(store *repo.Store) error {
		bar := a.NewProgress("collect", -1, false)
		opt.Progress = bar.Set
		rep, err := store.Contents.Collect(ctx, opt)
		bar.Finish()
		if err == nil && !opt.DryRun {
			err = legacy.RemoveScratch(filepath.Dir(store.Path()))
		}
		if err != nil {
			return err
		}
		return a.Page("blob-gc", struct {
			contents.CollectReport
			DryRun bool `json:"dry_run"`
		}{rep, opt.DryRun}, term.Props(wouldBe("moved to the trash", opt.DryRun), tally(rep.Trashed), "nothing needs", tally(rep.Unreferenced),
			"kept for a backup", tally(rep.Kept), "wait for the grace period", tally(rep.Waiting), wouldBe("restored", opt.DryRun), rep.Restored))
	})
}

// tally says a number of contents in words.
func tally(t contents.Tally) string {
	return fmt.Sprintf("%d (%s)", t.Count, humanize.IBytes(uint64(max(t.Bytes, 0))))
}
