package main

import (
	"context"
	"fmt"
	"io"

	"taskstore/cmd/storectl/internal/sqlsh"

	"github.com/spf13/cobra"
)

const queryHelp = `Run one SELECT and print its rows. The SQL "-" is read from stdin.

The database is opened read-only; with --write it may be changed: then several statements are one transaction, and
only the last may return rows; what the store itself has made (tables, indexes, triggers, views) stays without
--schema-change. The SQL cannot attach or write other files, nor change the settings of the database.
On a terminal ids, keys and times are whole and other values are cut to fit; --no-trunc cuts nothing, and -o vertical
shows a line for each value. Under --json integers and floats are numbers, NULL is null, a blob is {"$base64": true, "encoded": "…"}; CSV and TSV
have blobs in base64. The values of -p are text; CAST(:n AS INTEGER) makes a number of one.`

func (a *app) queryCommand() *cobra.Command {
	var parameters []string
	var write, change, plan bool
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Run SQL (reads only, unless --write)",
		Long:  queryHelp,
		Example: `  storectl query "SELECT id, title FROM v_notes LIMIT 10"
  storectl query "SELECT count(*) AS n FROM tasks WHERE status = :s" -p s=done --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := a.argumentOrStdin(args[0])
			if err != nil {
				return fmt.Errorf("query: read the SQL: %w", err)
			}
			return a.sqlSession(change).Query(cmd.Context(), text, parameters, write, plan)
		},
	}
	cmd.Flags().StringArrayVarP(&parameters, "param", "p", nil, "value of the SQL's parameter :NAME, as `NAME=VALUE`; may be repeated")
	cmd.Flags().BoolVar(&write, "write", false, "allow changes")
	cmd.Flags().BoolVar(&change, "schema-change", false, schemaChange)
	cmd.Flags().BoolVar(&a.Whole, "no-trunc", false, "cut nothing to the width of the terminal")
	cmd.Flags().BoolVar(&plan, "plan", false, "show how SQLite would run the statement, do not run it")
	return cmd
}

// argumentOrStdin is the argument, or what stdin holds if it is "-".
func (a *app) argumentOrStdin(argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := io.ReadAll(a.Stdin)
	return string(text), err
}

const schemaChange = "with --write: allow changes of the store's own tables, indexes, triggers and views"

// sqlSession is where SQL that a person types is run. change allows it to change the store's own schema.
func (a *app) sqlSession(change bool) *sqlsh.Session {
	return &sqlsh.Session{Terminal: a.Terminal, Dir: a.findStore, Log: a.log, ReadOnly: a.opt.readOnly, SchemaChange: change,
		Report: func(ctx context.Context, err error) { a.report(ctx, err) },
		CheckText: func(what string, text []byte) error {
			if err := (place{line: 1}).checkUTF8(text); err != nil {
				return misuse(utf8Hint, "%s: %v", what, err)
			}
			return nil
		}}
}
