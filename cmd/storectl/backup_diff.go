package main

import (
	"context"
	"strings"

	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) backupDiff() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "diff A B|live",
		Short: "Say record by record what differs in another backup",
		Long: `Say record by record what B has that A has not (added), has not (removed), or has otherwise (changed, with the members
that differ). B is another backup, or live, the store as it is now: then restoring A undoes these changes.`,
		Example:           "  storectl backup diff latest live",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			opt, done := a.recoveryOptions()
			list, err := a.diffBackups(cmd.Context(), from, args[0], args[1], opt)
			done()
			if err != nil {
				return err
			}
			if len(list) == 0 {
				a.Say("they hold the same")
			}
			return a.printChanges("backup-diff", list, map[string]any{"a": args[0], "b": args[1]})
		},
	}
	fromFlag(cmd, &from)
	return cmd
}

func (a *app) diffBackups(ctx context.Context, from, before, after string, opt recovery.Options) ([]recovery.Change, error) {
	if !shelf.IsAddress(from) {
		dir, err := a.backupPlace(from)
		if err != nil {
			return nil, err
		}
		return recovery.Diff(ctx, dir, before, after, opt)
	}
	t, err := a.target(ctx, from, opt.Progress)
	if err != nil {
		return nil, err
	}
	dir, err := a.findStore()
	if err != nil && after == recovery.Live {
		return nil, err
	}
	return recovery.DiffOffsite(ctx, dir, t, before, after, opt)
}

// printChanges prints records that differ; more are further members of the document.
func (a *app) printChanges(name string, list []recovery.Change, more map[string]any) error {
	more["changes"] = orEmpty(list)
	return a.Print(term.Result{Name: name, Document: more, Columns: []term.Column{{Name: "change"}, {Name: "kind"}, {Name: "id", Fixed: true}, {Name: "title"}, {Name: "members"}},
		Rows: term.Each(list, func(c recovery.Change) []any {
			members := any(nil)
			if len(c.Members) > 0 {
				members = strings.Join(c.Members, ", ")
			}
			return []any{c.Change, c.Kind, c.ID, c.Title, members}
		})})
}
