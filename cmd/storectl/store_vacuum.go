package main

import (
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) vacuumCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "vacuum",
		Short: "Write the database file anew, without free pages",
		Long: `Write the database file anew, without free pages, after the search index was emptied of what is gone as optimize does.
Then no byte of what was purged is in the file or its log. It needs as much space again as the file takes, and whoever
writes waits meanwhile. If it fails the file stays as it was.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.upkeep(cmd.Context(), "vacuum", dryRun, (*repo.Store).Vacuum)
		},
	}
	dryRunFlag(cmd, &dryRun, "only say how much it would give back")
	return cmd
}
