package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// commandGroup is the commands about one thing, as help shows them together.
type commandGroup struct {
	title    string
	commands []*cobra.Command
}

// theProgram is the group of the commands that are about no store.
const theProgram = "The program"

// commandGroups are all commands, in the order of the help.
func (a *app) commandGroups() []commandGroup {
	return []commandGroup{
		{"Records", []*cobra.Command{a.listCommand(), byReference(a.getCommand()), a.putCommand(), byReference(a.editCommand()), byReference(a.deleteCommand()), byReference(a.undeleteCommand()),
			byReference(a.purgeCommand()), a.tagCommand(), a.linkCommand()}},
		{"Search", []*cobra.Command{a.searchCommand(), a.webCommand()}},
		{"History", []*cobra.Command{byReference(a.historyCommand()), byReference(a.revertCommand()), a.diffCommand()}},
		{"Contents", []*cobra.Command{a.blobCommand()}},
		{"Backups", []*cobra.Command{a.backupCommand()}},
		{"Import and export", []*cobra.Command{a.exportCommand(), a.importCommand(), a.legacyCommand()}},
		{"SQL", []*cobra.Command{a.queryCommand(), a.shellCommand(), a.schemaCommand()}},
		{"The store", []*cobra.Command{a.initCommand(), a.statusCommand(), a.statsCommand(), a.checkCommand(), a.repairCommand(),
			a.optimizeCommand(), a.vacuumCommand(), a.migrateCommand()}},
		{theProgram, []*cobra.Command{a.versionCommand(), a.docsCommand()}},
	}
}

// addCommands gives the root its commands in groups.
func (a *app) addCommands(root *cobra.Command) {
	for _, g := range a.commandGroups() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, cmd := range g.commands {
			cmd.GroupID = g.title
			if g.title != theProgram {
				a.ofStores = append(a.ofStores, cmd.Name())
			}
		}
		root.AddCommand(g.commands...)
	}
	root.SetHelpCommandGroupID(theProgram)
	root.SetCompletionCommandGroupID(theProgram)
}

// everyCommand calls do for a command and all below it.
func everyCommand(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range slices.Clone(cmd.Commands()) {
		everyCommand(sub, do)
	}
}
