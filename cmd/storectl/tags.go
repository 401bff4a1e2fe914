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

func (a *app) tagCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "tag", Short: "List, rename, merge and remove tags over all kinds"}
	cmd.AddCommand(a.tagListCommand(), a.tagRenameCommand(), a.tagMergeCommand(), a.tagRemoveCommand())
	return cmd
}

func (a *app) tagListCommand() *cobra.Command {
	var like string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tags of live records with how many have them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listTags(cmd.Context(), like)
		},
	}
	cmd.Flags().StringVar(&like, "text", "", "only tags that hold this text, in any case")
	return cmd
}

func (a *app) listTags(ctx context.Context, like string) (err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := store.Tags(ctx)
	if err != nil {
		return err
	}
	if like != "" {
		list = slices.DeleteFunc(list, func(t repo.TagUse) bool { return !strings.Contains(strings.ToLower(t.Tag), strings.ToLower(like)) })
	}
	if a.opt.output == "json" {
		return a.document("tag-list", struct {
			Tags []repo.TagUse `json:"tags"`
		}{orEmpty(list)})
	}
	columns := []column{{name: "tag"}, {name: "total", right: true}}
	for _, k := range taggedKinds() {
		columns = append(columns, column{name: k, right: true, dim: true})
	}
	out := a.newRows(columns, "-")
	for _, t := range list {
		row := []any{t.Tag, t.Total}
		for _, k := range taggedKinds() {
			row = append(row, t.Counts[k])
		}
		if err := out.write(row); err != nil {
			return err
		}
		if t.SameAs != "" {
			a.say("%q is another spelling of %q; one of the two: storectl tag merge %s --into %s", t.Tag, t.SameAs, shellQuote(t.Tag), shellQuote(t.SameAs))
		}
	}
	return out.close()
}

const tagChangeHelp = `All records that have the tag are changed, those in the trash too, in one transaction; each gets a new revision, so
that storectl history shows it and storectl revert takes it back.`

func (a *app) tagRenameCommand() *cobra.Command {
	return a.tagChange("rename OLD NEW", "Give a tag another name", tagChangeHelp+" Where NEW is in use already, say merge.", cobra.ExactArgs(2),
		func(ctx context.Context, store *repo.Store, args []string) ([]string, string, error) {
			old, new := args[0], args[1]
			uses, err := store.Tags(ctx)
			if err != nil {
				return nil, "", err
			}
			if i := slices.IndexFunc(uses, func(t repo.TagUse) bool { return t.Tag == new }); i >= 0 && old != new {
				return nil, "", &failure{kind: "exists", exit: exitConflict, message: fmt.Sprintf("tag rename: the tag %q is in use already, by %s", new, counted(uses[i].Total, "record")),
					hint: "storectl tag merge " + shellQuote(old) + " --into " + shellQuote(new) + " makes one of the two"}
			}
			return []string{old}, new, nil
		})
}

func (a *app) tagMergeCommand() *cobra.Command {
	var into string
	cmd := a.tagChange("merge TAG... --into TAG", "Make one tag of several", tagChangeHelp, cobra.MinimumNArgs(1),
		func(_ context.Context, _ *repo.Store, args []string) ([]string, string, error) {
			return slices.DeleteFunc(slices.Clone(args), func(t string) bool { return t == into }), into, nil
		})
	cmd.Flags().StringVar(&into, "into", "", "the `TAG` that stays")
	_ = cmd.RegisterFlagCompletionFunc("into", a.completeTag)
	return cmd
}

func (a *app) tagRemoveCommand() *cobra.Command {
	return a.tagChange("remove TAG...", "Take tags away from all records", tagChangeHelp, cobra.MinimumNArgs(1),
		func(_ context.Context, _ *repo.Store, args []string) ([]string, string, error) { return args, "", nil })
}

// tagPlan says which tags become which; "" is none.
type tagPlan func(ctx context.Context, store *repo.Store, args []string) (from []string, to string, err error)

func (a *app) tagChange(use, short, long string, args cobra.PositionalArgs, plan tagPlan) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{Use: use, Short: short, Long: short + ".\n\n" + long, Args: args, ValidArgsFunction: a.completeTag}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		into := cmd.Flags().Lookup("into")
		if slices.Contains(args, "") && cmd.Name() != "remove" || into != nil && into.Value.String() == "" {
			return misuse("storectl tag list shows the tags", "tag %s: a tag is missing or empty", cmd.Name())
		}
		return a.changeTags(cmd.Context(), cmd.Name(), args, dryRun, plan)
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only count the records")
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
	store, err := a.openFor(ctx, dryRun, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	from, to, err := plan(ctx, store, args)
	if err != nil {
		return err
	}
	change, err := store.RenameTags(ctx, from, to, dryRun)
	if err != nil {
		return err
	}
	if change.Total() == 0 && len(from) > 0 && (to == "" || from[0] != to) {
		return &failure{kind: "not_found", exit: exitFailed, message: fmt.Sprintf("tag %s: no record has %s", verb, quotedList(from)),
			hint: "storectl tag list shows the tags"}
	}
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document("tag-"+verb, tagChanged{from, to, change.Changed, dryRun})
	}
	if change.Total() == 0 {
		a.say("nothing changes: the tag is %s already", to)
	}
	out := a.newRows([]column{{name: "kind"}, {name: "changed", right: true}}, "-")
	for _, k := range taggedKinds() {
		if n := change.Changed[k]; n > 0 {
			if err := out.write([]any{k, n}); err != nil {
				return err
			}
		}
	}
	if dryRun {
		a.say("would change %s", counted(change.Total(), "record"))
	}
	return out.close()
}

func quotedList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return "the tag " + strings.Join(quoted, " or ")
}

// completeTag offers the tags.
func (a *app) completeTag(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	store, err := a.openRead(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	list, err := store.Tags(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []cobra.Completion
	for _, t := range list {
		if !slices.Contains(args, t.Tag) {
			offers = append(offers, cobra.CompletionWithDesc(t.Tag, counted(t.Total, "record")))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
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
