package main

import "github.com/spf13/cobra"

// completeFlags says for every command what the flags that several have may be.
func (a *app) completeFlags(root *cobra.Command) {
	offers := map[string]cobra.CompletionFunc{
		"tag":     a.completeTag,
		"topic":   a.completeID("topics"),
		"company": a.completeID("companies"),
		"contact": a.completeID("contacts"),
		"kind":    completeKindList,
	}
	for _, cmd := range append(root.Commands(), root) {
		if cmd != root {
			a.completeFlags(cmd)
		}
		for name, offer := range offers {
			if cmd.Flags().Lookup(name) == nil {
				continue
			}
			if _, has := cmd.GetFlagCompletionFunc(name); !has {
				_ = cmd.RegisterFlagCompletionFunc(name, offer)
			}
		}
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
