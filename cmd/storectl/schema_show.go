package main

import (
	"fmt"
	"strings"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema [TABLE]",
		Short: "Show the tables and views, or one with its columns and DDL",
		Long: `Show the data dictionary: what the tables, views and columns of the store mean, read from the comments
in its DDL. With TABLE, the columns and the DDL of that table or view.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeTable,
		RunE: func(cmd *cobra.Command, args []string) error {
			tables, err := a.sqlSession(false).Schema(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.sqlSession(false).PrintTables(tables)
			}
			for _, t := range tables {
				if strings.EqualFold(t.Name, args[0]) {
					return a.sqlSession(false).PrintTable(t)
				}
			}
			return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("schema: there is no table or view %q", args[0]), Hint: "storectl schema lists them"}
		},
	}
	cmd.AddCommand(a.schemaDocsCommand())
	return cmd
}

// orEmpty makes a list that JSON shows as [] when it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
