package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) optimizeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "optimize",
		Short: "Let SQLite learn about the data, and move its log into the file",
		Args:  cobra.NoArgs,
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
		Long: `Write the database file anew, without free pages. It needs as much space again as the file takes, and whoever writes
waits meanwhile. If it fails the file stays as it was.`,
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
	return a.page(verb, done, []property{{"free pages held", size(done.Free)}, {"file and log before", size(done.Before)}, {"after", size(done.After)}})
}

func (a *app) repairCommand() *cobra.Command {
	var dryRun bool
	areas := append(repo.RepairAreas(), "all")
	cmd := &cobra.Command{
		Use:   "repair [" + strings.Join(areas, "|") + "]",
		Short: "Put right what check complains of",
		Long: `Put right what check complains of, as far as the store itself knows how.

rows: a record or list that is not as its checksum says is kept in its history as it was found, and accepted; rows
without an owner are kept and removed; what other tools wrote gets its checksums. refs: contents that are there and
that the database does not know become known. Nothing goes without being kept. What is left needs a backup.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: areas,
		RunE: func(cmd *cobra.Command, args []string) error {
			area := append(args, "all")[0]
			if !slices.Contains(areas, area) {
				return misuse("areas: "+strings.Join(areas, ", "), "repair %s: there is no such area", area)
			}
			opt := repo.RepairOptions{DryRun: dryRun}
			if area != "all" {
				opt.Areas = []string{area}
			}
			return a.repair(cmd.Context(), opt)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be repaired")
	return cmd
}

func (a *app) repair(ctx context.Context, opt repo.RepairOptions) (err error) {
	plan := opt
	plan.DryRun = true
	found, err := a.runRepair(ctx, plan)
	if err != nil {
		return err
	}
	if !opt.DryRun && len(found) > 0 {
		if err := a.confirm(ctx, "repair "+counted(len(found), "thing")); err != nil {
			return err
		}
		if found, err = a.runRepair(ctx, opt); err != nil {
			return err
		}
	}
	if a.opt.output == "json" {
		return a.document("repair", struct {
			Repaired []repo.Repaired `json:"repaired"`
			DryRun   bool            `json:"dry_run"`
		}{orEmpty(found), opt.DryRun})
	}
	if len(found) == 0 && a.opt.output == "table" {
		a.say("nothing to repair")
		return nil
	}
	out := a.newRows([]column{{name: "area"}, {name: "kind"}, {name: "id"}, {name: "table"}, {name: "detail"}, {name: "done"}}, "-")
	for _, f := range found {
		if err := out.write([]any{f.Area, f.Kind, textOrNil(f.ID), f.Table, f.Detail, f.Done}); err != nil {
			return err
		}
	}
	return out.close()
}

func (a *app) runRepair(ctx context.Context, opt repo.RepairOptions) (found []repo.Repaired, err error) {
	store, err := a.openFor(ctx, opt.DryRun, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.Repair(ctx, opt)
}
