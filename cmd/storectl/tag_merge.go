package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) tagMergeCommand() *cobra.Command {
	var into string
	cmd := a.tagChange("merge TAG... --into TAG", "Make one tag of several", tagChangeHelp, cobra.MinimumNArgs(1),
		func(_ context.Context, _ *repo.Store, args []string) ([]string, string, error) {
			into = strings.TrimSpace(into)
			return slices.DeleteFunc(slices.Clone(args), func(t string) bool { return t == into }), into, nil
		})
	cmd.Flags().StringVar(&into, "into", "", "the `TAG` that stays")
	_ = cmd.RegisterFlagCompletionFunc("into", a.completeTag)
	return cmd
}
