package main

import "github.com/spf13/cobra"

func (a *app) blobTrash() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trash",
		Short: "Contents that nothing needed: list, bring back, remove for good",
	}
	cmd.AddCommand(a.blobTrashList(), a.blobTrashRestore(), a.blobTrashEmpty())
	return cmd
}
