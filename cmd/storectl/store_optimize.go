package main

import (
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) optimizeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "optimize",
		Short: "Take what is gone out of the search index",
		Long: `Take words of texts that are gone out of the search index, which is written anew for that if it is in more than one
piece; let SQLite learn about the data; and move its log into the file. Others read and write meanwhile. Backups that are
made afterwards hold nothing of what was purged.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.upkeep(cmd.Context(), "optimize", dryRun, (*repo.Store).Optimize)
		},
	}
	dryRunFlag(cmd, &dryRun, "only look at the sizes")
	return cmd
}
