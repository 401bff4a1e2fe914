package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

// completeFlags says for every command what the flags that several have may be.
func (a *app) completeFlags(root *cobra.Command) {
	offers := map[string]cobra.CompletionFunc{
		"tag":     a.completeTag,
		"topic":   a.completeID("topics"),
		"company": a.completeID("companies"),
		"contact": a.completeID("contacts"),
		"kinds":   completeKindList,
		"status":  a.completeStatus,
	}
	for _, cmd := range append(root.Commands(), root) {
		if cmd != root {
			a.completeFlags(cmd)
		}
		for name, offer := range offers {
			offerFor(cmd, name, offer)
		}
		for name, values := range fixedValues(cmd) {
			offerFor(cmd, name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder))
		}
	}
}

// offerFor says what completes a flag of a command, if the command has it and says nothing itself.
func offerFor(cmd *cobra.Command, flag string, offer cobra.CompletionFunc) {
	if cmd.Flags().Lookup(flag) == nil && cmd.PersistentFlags().Lookup(flag) == nil {
		return
	}
	if _, has := cmd.GetFlagCompletionFunc(flag); !has {
		_ = cmd.RegisterFlagCompletionFunc(flag, offer)
	}
}

// completeID offers the ids of a kind.
func (a *app) completeID(kind string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return a.completeRecord(cmd, []string{kind}, begin)
	}
}

// completeKindList offers the kinds.
func completeKindList(cmd *cobra.Command, _ []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return completeKind(cmd, nil, begin)
}

// completeRecord offers the kinds, then the newest ids of the kind.
func (a *app) completeRecord(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return completeKind(cmd, args, begin)
	}
	k, err := parseKind(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if !k.IsEntity() {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	store, err := a.open(cmd.Context(), toRead)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	page, err := k.In(&store.Repos).List(cmd.Context(), repo.Query{Trash: cmd.Name() == "undelete", Limit: 100})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := make([]cobra.Completion, len(page.Items))
	for i, brief := range page.Items {
		offers[i] = cobra.CompletionWithDesc(brief.ID, term.Cut(term.Visible(brief.Title), 60))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// completeKind offers the kinds for the first argument of a command.
func completeKind(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, k := range repo.Kinds() {
		names = append(names, k.Plural)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeBackup offers the ids, the newest first.
func (a *app) completeBackup(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := a.backupPlace("")
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, err := a.catalog(dir).List(context.Background())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := []cobra.Completion{cobra.CompletionWithDesc(backup.Latest, "the newest good one")}
	for _, b := range list {
		offers = append(offers, cobra.CompletionWithDesc(b.ID, string(b.Reason)+", "+term.Human(timeStamp(b.Created), a.Now())))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// completeRef offers kinds with a slash, then the ids of the kind.
func (a *app) completeRef(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	name, _, found := strings.Cut(begin, "/")
	if !found {
		var offers []cobra.Completion
		for _, k := range repo.Kinds() {
			if k.IsEntity() {
				offers = append(offers, k.Name+"/")
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	ids, directive := a.completeRecord(cmd, []string{name}, "")
	for i := range ids {
		ids[i] = name + "/" + ids[i]
	}
	return ids, directive
}

// completeTable offers the tables and views.
func (a *app) completeTable(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.tableOffers(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) tableOffers(ctx context.Context) (offers []cobra.Completion) {
	tables, err := a.sqlSession(false).Schema(ctx)
	if err != nil {
		return nil
	}
	for _, t := range tables {
		offers = append(offers, cobra.CompletionWithDesc(t.Name, term.Cut(t.Comment, 60)))
	}
	return offers
}

// completeTag offers the tags.
func (a *app) completeTag(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	store, err := a.open(cmd.Context(), toRead)
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
