package main

import (
	"context"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) tagRemoveCommand() *cobra.Command {
	return a.tagChange("remove TAG...", "Take tags away from all records", tagChangeHelp, cobra.MinimumNArgs(1),
		func(_ context.Context, _ *repo.Store, args []string) ([]string, string, error) { return args, "", nil })
}
