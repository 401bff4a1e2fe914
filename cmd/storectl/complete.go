package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"

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

// mostOffers is how many ids are offered.
const mostOffers = 100

// completeRecord offers the kinds, then the ids of the kind: the newest, or where something of one is typed those that
// begin with it.
func (a *app) completeRecord(cmd *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 && strings.Contains(begin, "/") {
		return a.completeRef(cmd, args, begin)
	}
	if len(args) == 0 {
		return completeKind(cmd, args, begin)
	}
	k, err := parseKind(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.offer(cmd, func(ctx context.Context, store *repo.Store) (offers []cobra.Completion, err error) {
		trash := cmd.Name() == "undelete"
		page := repo.Page[schema.Brief]{}
		if begin == "" {
			page, err = k.In(&store.Repos).List(ctx, repo.Query{Trash: trash, Limit: mostOffers})
		} else {
			page.Items, err = k.In(&store.Repos).WithPrefix(ctx, begin, mostOffers)
		}
		for _, brief := range page.Items {
			if trash == (brief.TrashedAt != "") && term.Visible(brief.ID) == brief.ID { // else no shell can type it
				offers = append(offers, cobra.CompletionWithDesc(brief.ID, term.Cut(term.Visible(brief.Title), 60)))
			}
		}
		return offers, err
	}), cobra.ShellCompDirectiveNoFileComp
}

// offer gives what find finds in the store; nothing where that fails: a completion has no place to say so.
func (a *app) offer(cmd *cobra.Command, find func(context.Context, *repo.Store) ([]cobra.Completion, error)) []cobra.Completion {
	offers, err := inStore(cmd.Context(), a, toRead, func(store *repo.Store) ([]cobra.Completion, error) { return find(cmd.Context(), store) })
	if err != nil {
		return nil
	}
	return offers
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
	name, id, found := strings.Cut(begin, "/")
	if !found {
		var offers []cobra.Completion
		for _, k := range repo.Kinds() {
			if k.IsEntity() {
				offers = append(offers, k.Name+"/")
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	ids, directive := a.completeRecord(cmd, []string{name}, id)
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
	return a.offer(cmd, func(ctx context.Context, store *repo.Store) (offers []cobra.Completion, err error) {
		list, err := store.Tags(ctx)
		for _, t := range list {
			if !slices.Contains(args, t.Tag) && term.Visible(t.Tag) == t.Tag {
				offers = append(offers, cobra.CompletionWithDesc(t.Tag, counted(t.Total, "record")))
			}
		}
		return offers, err
	}), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
