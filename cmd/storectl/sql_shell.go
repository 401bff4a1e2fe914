package main

import "github.com/spf13/cobra"

const shellHelp = `An SQL prompt on the store. A statement ends with a semicolon and may go over several lines.

It reads only, unless --write is given; then each statement is a transaction of its own. As in query, the SQL cannot
attach or write other files. Ctrl-C ends the statement, not the shell; Ctrl-D or .quit ends the shell. Tab completes
keywords, tables, columns and commands. What is typed is kept in ` + "`shell_history`" + ` in the system's place for the state of
programs, or where STORECTL_SHELL_HISTORY says ("" is nowhere).

From a pipe the statements are run one after the other, and the first that fails ends it.`

func (a *app) shellCommand() *cobra.Command {
	var write, change bool
	cmd := &cobra.Command{
		Use:     "shell",
		Short:   "An SQL prompt (reads only, unless --write)",
		Long:    shellHelp,
		Example: "  storectl shell\n  echo 'SELECT count(*) FROM notes;' | storectl shell -o csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sqlSession(change).Shell(cmd.Context(), write)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "allow changes")
	cmd.Flags().BoolVar(&change, "schema-change", false, schemaChange)
	return cmd
}
