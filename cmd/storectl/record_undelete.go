package main

import (
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) undeleteCommand() *cobra.Command {
	return a.changeCommand("undelete", "Bring records back from the trash", "undeleted", repo.Records.Restore)
}
