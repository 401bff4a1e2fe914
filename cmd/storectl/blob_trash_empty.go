package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

func (a *app) blobTrashEmpty() *cobra.Command {
	var older string
	var opt contents.EmptyOptions
	cmd := &cobra.Command{
		Use:   "empty",
		Short: "Remove what is in the trash for good",
		Long: `Remove what is in the trash for good, after a question. What a kept backup names stays in the trash, and what is needed
again is restored.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if opt.Older, err = a.lastingOf("older", older); err != nil {
				return err
			}
			return a.emptyTrash(cmd.Context(), opt)
		},
	}
	cmd.Flags().StringVar(&older, "older", "0", "only what has been in the trash for `DUR`")
	dryRunFlag(cmd, &opt.DryRun, onlySay)
	return cmd
}

func (a *app) emptyTrash(ctx context.Context, opt contents.EmptyOptions) (err error) {
	if _, err := a.findStore(); err != nil {
		return err
	}
	if err := a.sure(ctx, opt.DryRun, "remove the contents in the trash for good"); err != nil {
		return err
	}
	return a.withStore(ctx, writing(opt.DryRun, false), func(store *repo.Store) error {
		bar := a.NewProgress("remove", -1, false)
		opt.Progress = bar.Set
		rep, err := store.Contents.EmptyTrash(ctx, opt)
		bar.Finish()
		if err != nil {
			return err
		}
		return a.Page("blob-trash-empty", struct {
			contents.EmptyReport
			DryRun bool `json:"dry_run"`
		}{rep, opt.DryRun}, term.Props(wouldBe("removed", opt.DryRun), tally(rep.Removed), "kept for a backup", tally(rep.Kept),
			"not old enough", tally(rep.Waiting), wouldBe("restored", opt.DryRun), rep.Restored))
	})
}
