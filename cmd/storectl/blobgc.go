package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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
		Long: `Move contents to the trash that nothing has needed for the grace period: no record, live or in the trash, no kept state,
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
	cmd.Flags().BoolVar(&opt.DryRun, "dry-run", false, "only say what would be done")
	return cmd
}

func (a *app) gc(ctx context.Context, opt contents.CollectOptions) (err error) {
	store, err := a.openFor(ctx, opt.DryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	bar := a.newProgress("collect", -1, false)
	opt.Progress = bar.set
	rep, err := store.Contents.Collect(ctx, opt)
	bar.finish()
	if err == nil && !opt.DryRun {
		err = legacy.RemoveScratch(filepath.Dir(store.Path()))
	}
	if err != nil {
		return err
	}
	return a.page("blob-gc", struct {
		contents.CollectReport
		DryRun bool `json:"dry_run"`
	}{rep, opt.DryRun}, []property{{wouldBe("moved to the trash", opt.DryRun), tally(rep.Trashed)}, {"nothing needs", tally(rep.Unreferenced)},
		{"kept for a backup", tally(rep.Kept)}, {"wait for the grace period", tally(rep.Waiting)}, {wouldBe("restored", opt.DryRun), rep.Restored}})
}

func wouldBe(done string, dryRun bool) string {
	if dryRun {
		return "would be " + done
	}
	return done
}

// tally says a number of contents in words.
func tally(t contents.Tally) string {
	return fmt.Sprintf("%d (%s)", t.Count, humanize.IBytes(uint64(max(t.Bytes, 0))))
}

func (a *app) blobTrash() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trash",
		Short: "Contents that nothing needed: list, bring back, remove for good",
	}
	cmd.AddCommand(a.blobTrashList(), a.blobTrashRestore(), a.blobTrashEmpty())
	return cmd
}

func (a *app) blobTrashList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what is in the trash",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.readStore(cmd.Context(), func(store *repo.Store) error {
				list, err := store.Contents.Trash(cmd.Context())
				if err != nil {
					return err
				}
				if a.opt.output == "json" {
					return a.document("blob-trash", struct {
						Items []contents.Trashed `json:"items"`
					}{orEmpty(list)})
				}
				return printRows(a, []column{{name: "sha256", fixed: true}, {name: "size", right: true}, {name: "stored", right: true},
					{name: "trashed_at"}}, "-", list, func(t contents.Trashed) []any {
					return []any{t.SHA256, size(t.Size), size(t.Stored), stamp(t.TrashedAt)}
				})
			})
		},
	}
}

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
	cmd.Flags().BoolVar(&opt.DryRun, "dry-run", false, "only say what would be done")
	return cmd
}

func (a *app) emptyTrash(ctx context.Context, opt contents.EmptyOptions) (err error) {
	if _, err := a.findStore(); err != nil {
		return err
	}
	if !opt.DryRun {
		if err := a.confirm(ctx, "remove the contents in the trash for good"); err != nil {
			return err
		}
	}
	store, err := a.openFor(ctx, opt.DryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	bar := a.newProgress("remove", -1, false)
	opt.Progress = bar.set
	rep, err := store.Contents.EmptyTrash(ctx, opt)
	bar.finish()
	if err != nil {
		return err
	}
	return a.page("blob-trash-empty", struct {
		contents.EmptyReport
		DryRun bool `json:"dry_run"`
	}{rep, opt.DryRun}, []property{{wouldBe("removed", opt.DryRun), tally(rep.Removed)}, {"kept for a backup", tally(rep.Kept)},
		{"not old enough", tally(rep.Waiting)}, {wouldBe("restored", opt.DryRun), rep.Restored}})
}
