package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/migrations"
	"taskstore/repo"
	"taskstore/repo/check"

	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	var opt check.Options
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for damage; change nothing",
		Long: `Look for damage: pages, tables, indexes, triggers and views (db), rows without their owner (fk), checksums of rows and lists (rows), the search index (fts), links and
contents that point nowhere (refs), the contents themselves (blobs), the backups in the store's directory (backups). Nothing is changed, not
a byte of the store's files.
Of backups every byte is compared, by its hash, with what was read back when they were made. "backup verify" also unpacks them, and "backup drill" restores them.
With --quick it looks at samples: the pages of small tables; settings; of each kind the 128 newest records and 128 others, drawn anew each
time, their checksums and how they are indexed; as many revisions; all of fk; references, but not those of revisions; whether each content
has its file and each backup its files, not their bytes. That finds damage that is everywhere, and is no proof that there is none.
The numbers of what was checked tell how much that was.
Each finding ends in the command that does something about it.
Exit code 13: errors in db, fk, rows or blobs; 3: other findings; 0: none but notes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, area := range opt.Only {
				if !slices.Contains(check.Areas(), area) {
					return misuse("areas: "+strings.Join(check.Areas(), ", "), "check: --only %s: there is no such area", area)
				}
			}
			return a.check(cmd.Context(), opt)
		},
	}
	cmd.Flags().BoolVar(&opt.Quick, "quick", false, "look at samples only: no proof")
	cmd.Flags().Var(nameList{&opt.Only}, "only", "only these `AREAS`: "+strings.Join(check.Areas(), ","))
	return cmd
}

func (a *app) check(ctx context.Context, opt check.Options) error {
	dir, err := a.findStore()
	if err != nil {
		return err
	}
	begun := a.Now()
	report, err := a.checkStore(ctx, dir, opt, false)
	if errors.Is(err, migrations.ErrDisturbed) {
		report, err = a.checkStore(ctx, dir, opt, true)
	}
	if err != nil {
		return err
	}
	if err := a.printCheck(report, a.Now().Sub(begun)); err != nil {
		return fmt.Errorf("check: print: %w", err)
	}
	switch n := len(report.Problems); {
	case isCorrupt(report):
		return findings(exitCorrupt, "corrupt", "check: the store is damaged: "+counted(n, "problem"))
	case !report.OK:
		return findings(exitFindings, "findings", "check: "+counted(n, "problem")+", none of them corruption")
	}
	return nil
}

// checkStore runs the check, beside another program that writes if that is known. Then it
// is the other that changes the files, and the check reads one snapshot as any reader
// does. A database that cannot even be opened is a finding of it.
func (a *app) checkStore(ctx context.Context, dir string, opt check.Options, beside bool) (report check.Report, err error) {
	to := toCheck
	if beside {
		to = toCheckBeside
	}
	area := ""
	var bar *term.Progress
	opt.Progress = func(now string, done, total int64) {
		if now != area {
			bar.Finish()
			area, bar = now, a.NewProgress("check "+now, total, false)
		}
		bar.Set(done, total)
	}
	report, err = inStore(ctx, a, to, func(store *repo.Store) (check.Report, error) { return store.Check(ctx, opt) })
	bar.Finish()
	if errors.Is(err, repo.ErrCorrupt) {
		report, err = a.unreadable(ctx, dir, err), nil
	}
	return report, err
}

// unreadable is the report on a database that cannot be read. Without a good backup the
// list of its tables may be what is damaged.
func (a *app) unreadable(ctx context.Context, dir string, err error) check.Report {
	fix := check.FixSchema
	if b, none := a.catalog(dir).Get(ctx, backup.Latest); none == nil && b.Good() {
		fix = check.FixRestore
	}
	return check.Report{Checked: map[string]int64{check.AreaDB: 0}, Problems: []check.Problem{{Area: check.AreaDB,
		Severity: check.SeverityError, Detail: term.OneLine(err.Error()), Fix: fix}}}
}

// isCorrupt says whether there are errors in the areas whose errors are corruption.
func isCorrupt(report check.Report) bool {
	return slices.ContainsFunc(report.Problems, func(p check.Problem) bool {
		return p.Severity == check.SeverityError && !slices.Contains([]string{check.AreaRefs, check.AreaFTS, check.AreaBackups}, p.Area)
	})
}

func (a *app) printCheck(report check.Report, took time.Duration) error {
	for i := range report.Problems {
		report.Problems[i].Fix = a.command(report.Problems[i].Fix)
	}
	return a.Print(term.Result{Name: "check", Document: struct {
		OK       bool             `json:"ok"`
		Problems []check.Problem  `json:"problems"`
		Checked  map[string]int64 `json:"checked"`
		TookMS   int64            `json:"took_ms"`
	}{report.OK, orEmpty(report.Problems), report.Checked, took.Milliseconds()},
		Columns: []term.Column{{Name: "severity"}, {Name: "area"}, {Name: "kind"}, {Name: "id"}, {Name: "table"}, {Name: "pk", Right: true}, {Name: "detail"}, {Name: "fix"}},
		Rows: term.Each(report.Problems, func(p check.Problem) []any {
			return []any{string(p.Severity), p.Area, p.Kind, p.ID, p.Table, p.PK, p.Detail, p.Fix}
		}),
		Text: func() error { return a.readCheck(report, took) }})
}
