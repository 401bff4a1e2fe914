package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

// repairs are what can be repaired, in the order of repair all. Each gives what it did.
var repairs = []struct {
	area string
	run  func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error)
}{
	{"fts", func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
		return store.RepairIndex(ctx, dryRun, progress)
	}},
}

func repairAreas() []string {
	areas := make([]string, len(repairs))
	for i, r := range repairs {
		areas[i] = r.area
	}
	return append(areas, "all")
}

func (a *app) repairCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "repair [" + strings.Join(repairAreas(), "|") + "]",
		Short: "Make anew what can be derived from the rest",
		Long: `Make anew what can be derived from the rest, by default all of it.

  fts    the search index, from the records; what is sound stays

Reads go on meanwhile; others write in between.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: repairAreas(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.repair(cmd.Context(), append(args, "all")[0], dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
	return cmd
}

func (a *app) repair(ctx context.Context, area string, dryRun bool) (err error) {
	if !slices.Contains(repairAreas(), area) {
		return misuse("areas: "+strings.Join(repairAreas(), ", "), "repair: there is no area %q", area)
	}
	if _, err := a.findStore(); err != nil {
		return err
	}
	if !dryRun {
		if err := a.confirm(ctx, "repair "+area); err != nil {
			return err
		}
	}
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	done := map[string]any{}
	for _, r := range repairs {
		if area != "all" && area != r.area {
			continue
		}
		bar := a.newProgress("repair "+r.area, -1, false)
		result, err := r.run(ctx, store, dryRun, bar.set)
		bar.finish()
		if err != nil {
			return err
		}
		done[r.area] = result
	}
	return a.printRepairs(done, dryRun)
}

func (a *app) printRepairs(done map[string]any, dryRun bool) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document("repair", struct {
			Repaired map[string]any `json:"repaired"`
			DryRun   bool           `json:"dry_run"`
		}{done, dryRun})
	}
	rows := a.newRows([]column{{name: "area"}, {name: "what"}, {name: "count", right: true}}, "-")
	for _, r := range repairs {
		for _, one := range counts(done[r.area]) {
			if err := rows.write([]any{r.area, one.name, one.value}); err != nil {
				return err
			}
		}
	}
	return rows.close()
}

// counts are the numbers of a repair as lines of a table.
func counts(result any) []property {
	switch r := result.(type) {
	case repo.IndexRepair:
		return []property{{"wrong", r.Wrong}, {"records", r.Records}}
	case nil:
		return nil
	}
	return []property{{fmt.Sprint(result), ""}}
}
