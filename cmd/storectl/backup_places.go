package main

import (
	"context"
	"path/filepath"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

const targetHelp = `The directories away from the store to which backup create --to has taken backups. The store remembers them: where
backups were and are not, because a disk is not mounted, none is made, and purge --everywhere looks into all of them.`

func (a *app) backupTarget() *cobra.Command {
	cmd := &cobra.Command{Use: "target", Short: "Make, list or forget the places elsewhere that hold backups", Long: targetHelp + addressHelp, Args: cobra.ArbitraryArgs, RunE: group}
	cmd.AddCommand(a.targetInit(), a.placeList(), a.placeForget())
	return cmd
}

// placeLine is a place as JSON shows it.
type placeLine struct {
	Place   string     `json:"place"`
	Used    term.Stamp `json:"used"`
	There   bool       `json:"there"` // it is the place that it was
	Backups int        `json:"backups"`
	Problem string     `json:"problem,omitempty"`
}

// placeLineOf looks what is at a place now.
func (a *app) placeLineOf(ctx context.Context, p backup.Place) placeLine {
	l := placeLine{Place: p.Path, Used: timeStamp(p.Used)}
	catalog := a.catalog(p.Path)
	is, marked, err := catalog.Target()
	if err != nil {
		l.Problem = term.OneLine(err.Error())
		return l
	}
	list, err := catalog.List(ctx)
	switch l.Backups = len(list); {
	case err != nil:
		l.Problem = term.OneLine(err.Error())
	case !marked && len(list) == 0:
		l.Problem = "its disk is not there"
	case is.ID != "" && !p.Has(is.ID):
		l.Problem = "another disk is there"
	default:
		l.There = true
	}
	return l
}

func (a *app) placeList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the places to which backups went, and whether they are there",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			places, err := a.places()
			if err != nil {
				return err
			}
			lines := make([]placeLine, len(places))
			for i, p := range places {
				lines[i] = a.placeLineOf(cmd.Context(), p)
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			targets, err := a.knownTargets()
			if err != nil {
				return err
			}
			if len(lines)+len(targets) == 0 {
				a.Say("no backup went elsewhere; storectl backup create --to DIR takes one there")
			}
			return a.Print(term.Result{Name: "backup-target-list", Document: struct {
				Places  []placeLine     `json:"places"`
				Targets []health.Target `json:"targets"`
			}{lines, targets},
				Columns: []term.Column{{Name: "place", Wide: true}, {Name: "used", Fixed: true, Time: true}, {Name: "there"}, {Name: "backups", Right: true}, {Name: "problem", Wide: true}},
				Rows: func(write func(row ...any) error) error {
					if err := term.Each(lines, func(l placeLine) []any { return []any{l.Place, l.Used, l.There, l.Backups, l.Problem} })(write); err != nil {
						return err
					}
					return term.Each(targets, targetRow)(write)
				}})
		},
	}
}

// places are those that the store in use remembers.
func (a *app) places() ([]backup.Place, error) {
	dir, err := a.backupPlace("")
	if err != nil {
		return nil, err
	}
	return a.catalog(dir).Places()
}

const placeForgetHelp = `Forget a place to which backups went, one whose disk is gone for good. Nothing is removed there. From then on
purge --everywhere does not look there, and backup create --to DIR begins anew where nothing is.`

func (a *app) placeForget() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:               "forget TARGET",
		Short:             "Forget a place whose disk is gone",
		Long:              placeForgetHelp,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completePlace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.opt.readOnly && !dryRun {
				return misuse("leave out --read-only", "backup target forget: --read-only forbids it")
			}
			return a.forgetPlace(cmd.Context(), args[0], dryRun)
		},
	}
	dryRunFlag(cmd, &dryRun, "only say what would be forgotten")
	return cmd
}

func (a *app) completePlace(_ *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	if places, err := a.places(); err == nil && len(args) == 0 {
		for _, p := range places {
			names = append(names, p.Path)
		}
	}
	if targets, err := a.knownTargets(); err == nil && len(args) == 0 {
		for _, l := range targets {
			names = append(names, l.Address)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) forgetPlace(ctx context.Context, name string, dryRun bool) error {
	if shelf.IsAddress(name) {
		return a.forgetTarget(name, dryRun)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	places, err := a.places()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(places, func(p backup.Place) bool { return p.Path == path })
	if i < 0 {
		return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: "forget a place for backups: none went to " + path,
			Hint: "storectl backup target list shows where they went"}
	}
	line := a.placeLineOf(ctx, places[i])
	if !dryRun {
		dir, err := a.backupPlace("")
		if err != nil {
			return err
		}
		if err := a.catalog(dir).ForgetPlace(ctx, path); err != nil {
			return err
		}
	}
	return a.done("backup-target-forget", struct {
		placeLine
		DryRun bool `json:"dry_run"`
	}{line, dryRun}, func() {
		a.Say("%s: %s, used last %s", wouldBe("forgotten", dryRun), path, term.Human(line.Used, a.Now()))
		if line.Backups > 0 {
			a.Say("%s %s there and %s; purge --everywhere does not look there any more", counted(line.Backups, "backup"), verb(int64(line.Backups), "is", "are"), verb(int64(line.Backups), "stays", "stay"))
		}
	})
}
