package main

import "github.com/spf13/cobra"

// commands are all commands, in the order of the help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.initCommand(), a.statusCommand(), a.checkCommand(), a.repairCommand(), a.migrateCommand(), a.schemaCommand(), a.versionCommand(),
		a.statsCommand(), a.optimizeCommand(), a.vacuumCommand(),
		a.searchCommand(), a.listCommand(), a.getCommand(), a.putCommand(), a.deleteCommand(), a.undeleteCommand(), a.purgeCommand(),
		a.editCommand(), a.historyCommand(), a.revertCommand(), a.tagCommand(), a.linkCommand(),
		a.queryCommand(), a.shellCommand(), a.blobCommand(), a.backupCommand(), a.legacyCommand(), a.exportCommand(),
		a.docsCommand(),
	}
}
