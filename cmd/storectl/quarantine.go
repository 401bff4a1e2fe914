package main

import "github.com/spf13/cobra"

func (a *app) legacyQuarantine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "What an import could not read and has kept byte for byte",
	}
	cmd.AddCommand(a.quarantineList(), a.quarantineShow(), a.quarantineExport())
	return cmd
}
