package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/repo/contents"
	"taskstore/repo/history"

	"github.com/spf13/cobra"
)

func repairAreas() []string {
	areas := []string{areaSchema}
	for _, r := range health.Repairs() {
		areas = append(areas, r.Area)
	}
	return append(areas, "all")
}

func (a *app) repairCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "repair [" + strings.Join(repairAreas(), "|") + "]",
		Short: "Put right what check complains of",
		Long: `Put right what check complains of, as far as the store itself knows how, by default all of it. What is left needs a backup.

  schema tables, indexes, views and triggers as this version makes them; a table that is gone comes back empty. Nobody
         else may have the store open
  fts    the search index, from the records; what is sound stays, reads go on meanwhile, others write in between
  rows   a record or list that is not as its checksum says is kept in its history as it was found; the newest good
         backup gives it back if it has this revision of it, and what is gone without having been removed; else it is
         accepted, and what is gone comes back as the newest of its revisions. Rows without an owner are kept and removed; what other tools wrote gets its checksums; what records are listed and
         counted by is made anew. A store of which pages are smashed, or that does not open at all, is made anew before: all
         that can be read is carried over to a new file, the rest comes from the newest good backup, and a record that
         that does not have from the newest of its revisions; a list says row by row what became of it, and what was
         there is put aside
  refs   which contents the revisions of records need, from the revisions
  blobs  the table of contents, from the files; contents that are damaged or missing, from their trash. What is nowhere
         is noted as lost until its bytes are put again

Nothing goes without being kept, and a backup is made before rows are changed.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: repairAreas(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.repair(cmd.Context(), append(args, "all")[0], dryRun)
		},
	}
	dryRunFlag(cmd, &dryRun, onlySay)
	return cmd
}

func (a *app) repair(ctx context.Context, area string, dryRun bool) (err error) {
	if !slices.Contains(repairAreas(), area) {
		return misuse("areas: "+strings.Join(repairAreas(), ", "), "repair: there is no area %q", area)
	}
	dir, err := a.findStore()
	if err != nil {
		return err
	}
	if err := a.agreed(ctx, dryRun, "repair "+area, "What it changes is kept as it was."); err != nil {
		return err
	}
	done := map[string]any{}
	if area == "all" || area == "rows" {
		rebuilt, err := a.repairPages(ctx, dir, dryRun)
		if err != nil {
			return err
		}
		if rebuilt != nil {
			done[areaPages] = rebuilt
		}
		if rebuilt != nil && dryRun {
			return a.printRepairs(done, dryRun)
		}
		if rebuilt != nil {
			if err := a.settle(ctx); err != nil {
				return err
			}
		}
	}
	if area == "all" || area == areaSchema {
		if done[areaSchema], err = a.repairSchema(ctx, dir, dryRun); err != nil {
			return err
		}
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		for _, r := range health.Repairs() {
			if area != "all" && area != r.Area {
				continue
			}
			if r.Hurt && !dryRun {
				if err := a.safely(ctx, store, backup.PreRepair); err != nil {
					return err
				}
			}
			if rebuilt, ok := done[areaPages].(*recovery.Rebuilt); ok && r.Area == "rows" {
				r.Run = func(ctx context.Context, store *repo.Store, dryRun bool, _ func(done, total int64)) (any, error) {
					return health.RepairRows(ctx, store, dryRun, rebuilt.Note)
				}
			}
			bar := a.NewProgress("repair "+r.Area, -1, false)
			result, err := r.Run(ctx, store, dryRun, bar.Set)
			bar.Finish()
			if err != nil {
				return err
			}
			done[r.Area] = result
		}
		return a.printRepairs(done, dryRun)
	})
}

// settle opens a store that was made anew, which makes what is derived.
func (a *app) settle(ctx context.Context) error {
	return a.withStore(ctx, toWrite, opened)
}

func (a *app) printRepairs(done map[string]any, dryRun bool) error {
	repaired := maps.Clone(done)
	if r, ok := done[areaPages].(*recovery.Rebuilt); ok {
		repaired[areaPages] = newRebuiltPage(r)
	}
	return a.Print(term.Result{Name: "repair", Empty: "there was nothing to put right", Bare: true, Document: struct {
		Repaired map[string]any `json:"repaired"`
		DryRun   bool           `json:"dry_run"`
	}{repaired, dryRun}, Single: true,
		Columns: []term.Column{{Name: "area", Fixed: true}, {Name: "what", Wide: true}, {Name: "count", Right: true}},
		Rows: func(write func(row ...any) error) error {
			for _, area := range append([]string{areaPages}, repairAreas()...) {
				for _, one := range counts(done[area], dryRun) {
					if fmt.Sprint(one.Value) == "0" {
						continue
					}
					if err := write(area, one.Name, one.Value); err != nil {
						return err
					}
				}
			}
			return nil
		}})
}

// repairedPlace says what was repaired: a record, with the table of its that was wrong, or a table.
func repairedPlace(one check.Repaired) string {
	record := strings.TrimSpace(one.Kind + " " + term.Visible(one.ID))
	if record == "" || one.Table == one.Kind {
		return cmp.Or(record, one.Table)
	}
	return record + ", " + one.Table
}

// counts are the numbers of a repair as lines of a table.
func counts(result any, dryRun bool) []term.Property {
	would := func(done string) string { return wouldBe(done, dryRun) }
	switch r := result.(type) {
	case *recovery.Rebuilt:
		return rebuiltLines(r, dryRun)
	case []check.Repaired:
		list := make([]term.Property, len(r))
		for i, one := range r {
			list[i] = term.Prop(fmt.Sprintf("%s: %s; %s", repairedPlace(one), one.Detail, would(one.Done)), 1)
		}
		return list
	case repo.Mended:
		return mendedLines(r)
	case repo.IndexRepair:
		return term.Props("wrong", r.Wrong, would("indexed"), r.Records)
	case history.RefRepair:
		return term.Props(would("added"), r.Added, would("removed"), r.Removed)
	case contents.RepairReport:
		return term.Props(would("added"), r.Added, would("changed"), r.Changed, would("removed"), r.Removed,
			would("restored"), r.Restored, "missing", r.Missing, would("healed"), r.Healed, would("noted as lost"), r.Lost)
	}
	return nil
}
