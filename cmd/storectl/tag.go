package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) tagCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "tag", Short: "List, rename, merge and remove tags over all kinds"}
	cmd.AddCommand(a.tagListCommand(), a.tagRenameCommand(), a.tagMergeCommand(), a.tagRemoveCommand())
	return cmd
}

const tagChangeHelp = `All records that have the tag are changed, those in the trash too, in one transaction; each gets a new revision, so
that storectl history shows it and storectl revert takes it back.`

// tagPlan says which tags become which; "" is none.
type tagPlan func(ctx context.Context, store *repo.Store, args []string) (from []string, to string, err error)

func (a *app) tagChange(use, short, long string, args cobra.PositionalArgs, plan tagPlan) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{Use: use, Short: short, Long: short + ".\n\n" + long, Args: args, ValidArgsFunction: a.completeTag}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		args = slices.Clone(args)
		for i := range args {
			args[i] = strings.TrimSpace(args[i])
		}
		into := cmd.Flags().Lookup("into")
		if slices.Contains(args, "") && cmd.Name() != "remove" || into != nil && strings.TrimSpace(into.Value.String()) == "" {
			return misuse("storectl tag list shows the tags", "tag %s: a tag is missing or empty", cmd.Name())
		}
		return a.changeTags(cmd.Context(), cmd.Name(), args, dryRun, plan)
	}
	dryRunFlag(cmd, &dryRun, "only count the records")
	return cmd
}

// tagChanged is what a change of tags prints.
type tagChanged struct {
	Tags    []string       `json:"tags"`
	To      string         `json:"to"` // "" taken away
	Changed map[string]int `json:"changed"`
	DryRun  bool           `json:"dry_run"`
}

func (a *app) changeTags(ctx context.Context, verb string, args []string, dryRun bool, plan tagPlan) (err error) {
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		from, to, err := plan(ctx, store, args)
		if err != nil {
			return err
		}
		change, err := store.RenameTags(ctx, from, to, dryRun)
		if err != nil {
			return err
		}
		used, asked := change, from
		if len(from) == 0 {
			asked = []string{to}
		}
		if change.Total() == 0 && to != "" {
			if used, err = store.RenameTags(ctx, asked, "", true); err != nil {
				return err
			}
		}
		if used.Total() == 0 {
			return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("tag %s: no record has %s", verb, quotedList(asked)),
				Hint: "storectl tag list shows the tags"}
		}
		talk := func() {
			if change.Total() == 0 {
				a.Say("nothing changes: the tag is %s already", to)
			}
			if dryRun {
				a.Say("would change %s", counted(change.Total(), "record"))
			}
		}
		return a.Print(term.Result{Name: "tag-" + verb, Talk: talk, Document: tagChanged{from, to, change.Changed, dryRun}, Single: true,
			Columns: []term.Column{{Name: "kind"}, {Name: "changed", Right: true}},
			Rows: func(write func(row ...any) error) error {
				for _, k := range taggedKinds() {
					if n := change.Changed[k]; n > 0 {
						if err := write(k, n); err != nil {
							return err
						}
					}
				}
				return nil
			}})
	})
}

func quotedList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return "the tag " + strings.Join(quoted, " or ")
}

// taggedKinds are the collections whose records have tags.
func taggedKinds() (names []string) {
	for _, k := range repo.Kinds() {
		if k.Tags {
			names = append(names, k.Plural)
		}
	}
	return names
}
