package main

import (
	"taskstore/cmd/storectl/internal/sqlsh"

	"github.com/spf13/cobra"
)

func (a *app) schemaDocsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "docs",
		Short: "Print the data dictionary as Markdown",
		Long: `Print the data dictionary as Markdown: each table and view with its columns, read from the comments in the DDL of
the store.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tables, err := a.sqlSession(false).Schema(cmd.Context())
			if err != nil {
				return err
			}
			if a.wantsJSON() {
				return a.Document("schema", sqlsh.Document(tables))
			}
			_, err = a.Stdout.Write(sqlsh.Dictionary(tables))
			return err
		},
	}
}
