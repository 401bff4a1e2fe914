package main

import (
	"context"
	"errors"
	"fmt"

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
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
	return cmd
}

func (a *app) restoreContents(ctx context.Context, names []string, dryRun bool) (err error) {
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
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
	if a.opt.output == "json" {
		return a.document("blob-trash-restore", struct {
			Restored []string `json:"restored"`
			DryRun   bool     `json:"dry_run"`
		}{sums, dryRun})
	}
	for _, sum := range sums {
		a.say("%s: %s", wouldBe("restored", dryRun), sum)
	}
	return nil
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
		return "", &failure{kind: "not_found", exit: exitFailed, message: fmt.Sprintf("blob trash restore: there is no content %q in the trash", name),
			hint: "storectl blob trash list shows what there is"}
	}
	return found, nil
}
