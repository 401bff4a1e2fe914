package main

import (
	"context"
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

func (a *app) blobTrashRestore() *cobra.Command {
	var dryRun, all bool
	cmd := &cobra.Command{
		Use:   "restore SHA256...",
		Short: "Bring contents back from the trash",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return misuse("storectl blob trash list shows what is there", "blob trash restore: name contents, or say --all")
			}
			return a.restoreContents(cmd.Context(), args, dryRun)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything that is in the trash")
	dryRunFlag(cmd, &dryRun, onlySay)
	return cmd
}

func (a *app) restoreContents(ctx context.Context, names []string, dryRun bool) (err error) {
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		list, err := store.Contents.Trash(ctx)
		if err != nil {
			return err
		}
		sums := []string{}
		for _, name := range names {
			sum, err := inTrash(list, name)
			if err != nil {
				return err
			}
			sums = append(sums, sum)
		}
		if len(names) == 0 {
			for _, t := range list {
				sums = append(sums, t.SHA256)
			}
		}
		if !dryRun {
			if err := store.Contents.Restore(ctx, sums...); err != nil {
				return err
			}
		}
		return a.done("blob-trash-restore", struct {
			Restored []string `json:"restored"`
			DryRun   bool     `json:"dry_run"`
		}{sums, dryRun}, func() {
			for _, sum := range sums {
				a.Say("%s: %s", wouldBe("restored", dryRun), sum)
			}
		})
	})
}

// inTrash finds a content by its SHA-256 or its first digits.
func inTrash(list []contents.Trashed, name string) (found string, err error) {
	for _, t := range list {
		if t.SHA256 != name && (len(name) < 6 || len(name) > 64 || t.SHA256[:len(name)] != name) {
			continue
		}
		if found != "" {
			return "", misuse("give more of it", "blob trash restore: %s stands for several contents", name)
		}
		found = t.SHA256
	}
	if found == "" {
		return "", &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("blob trash restore: there is no content %q in the trash", name),
			Hint: "storectl blob trash list shows what there is"}
	}
	return found, nil
}
