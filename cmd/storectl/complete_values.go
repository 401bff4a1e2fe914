package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

// fixedValues are what a flag may be that every command has, or that takes one of a few words.
func fixedValues(cmd *cobra.Command) map[string][]cobra.Completion {
	values := map[string][]cobra.Completion{"output": term.Forms(), "log-format": {"text", "json"}}
	switch cmd.CommandPath() {
	case "storectl list":
		for _, sort := range repo.Sorts() {
			values["sort"] = append(values["sort"], string(sort), "-"+string(sort))
		}
	case "storectl search":
		values["sort"] = []cobra.Completion{string(repo.RankRelevance), string(repo.RankNewest)}
	case "storectl check":
		values["only"] = check.Areas()
	case "storectl backup create":
		values["reason"] = strings.Split(namesOf(backup.Reasons()), ", ")
	case "storectl blob list":
		values["sort"] = []cobra.Completion{contents.Newest, contents.Largest}
	}
	return values
}

// completeStatus offers the states that records of the kind have, or of every kind where none is named.
func (a *app) completeStatus(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return a.offer(cmd, func(ctx context.Context, store *repo.Store) ([]cobra.Completion, error) {
		return statusesOf(ctx, store, args)
	}), cobra.ShellCompDirectiveNoFileComp
}

// statusesOf are the states that records of the kind have that the first argument names, or of every kind.
func statusesOf(ctx context.Context, store *repo.Store, args []string) (offers []cobra.Completion, err error) {
	count := map[string]func(context.Context, repo.Query, repo.Facet) ([]repo.FacetCount, error){
		"sessions": store.Sessions.Facets, "notes": store.Notes.Facets, "tasks": store.Tasks.Facets,
	}
	for _, k := range repo.Kinds() {
		facets, has := count[k.Plural]
		if !has || len(args) > 0 && args[0] != k.Plural && args[0] != k.Name {
			continue
		}
		found, err := facets(ctx, repo.Query{}, repo.FacetStatus)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Value != "" && !slices.Contains(offers, f.Value) {
				offers = append(offers, f.Value)
			}
		}
	}
	return offers, nil
}
