package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// tableInfo is one table or view in the data dictionary.
type tableInfo struct {
	Name    string       `json:"name"`
	Type    string       `json:"type"` // table or view
	Comment string       `json:"comment"`
	Columns []columnInfo `json:"columns"`
	DDL     string       `json:"ddl"`
	Indexes []indexInfo  `json:"indexes"`
}

type columnInfo struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"`
	NotNull    bool    `json:"not_null"`
	Key        int     `json:"key"` // position in the primary key, from 1; 0 is none
	Default    *string `json:"default"`
	References string  `json:"references,omitempty"` // TABLE(COLUMN)
	Comment    string  `json:"comment"`
}

type indexInfo struct {
	Name string `json:"name"`
	DDL  string `json:"ddl"`
}

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema [TABLE]",
		Short: "Show the tables and views, or one with its columns and DDL",
		Long: `Show the data dictionary: what the tables, views and columns of the store mean, read from the comments
in its DDL. With TABLE, the columns and the DDL of that table or view.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeTable,
		RunE: func(cmd *cobra.Command, args []string) error {
			tables, err := a.readSchema(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.printTables(tables)
			}
			for _, t := range tables {
				if strings.EqualFold(t.Name, args[0]) {
					return a.printTable(t)
				}
			}
			return misuse("storectl schema lists them", "schema: there is no table or view %q", args[0])
		},
	}
	cmd.AddCommand(a.schemaDocsCommand())
	return cmd
}

// readSchema reads the tables and views of the store, tables first. The insides of search tables are left out.
func (a *app) readSchema(ctx context.Context) (tables []tableInfo, err error) {
	dir, err := a.findStore()
	if err != nil {
		return nil, err
	}
	db, conn, err := openStoreSQL(ctx, dir, &sqlGuard{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(), db.Close()) }()
	rows, err := conn.QueryContext(ctx, `
		SELECT m.name, m.type, m.sql
		FROM sqlite_schema AS m
		JOIN pragma_table_list AS l ON l.name = m.name AND l.schema = 'main' AND l.type <> 'shadow'
		WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.type, m.name`)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t := tableInfo{Columns: []columnInfo{}, Indexes: []indexInfo{}}
		if err := rows.Scan(&t.Name, &t.Type, &t.DDL); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
		tables = append(tables, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	for i := range tables {
		if err := tables[i].fill(ctx, conn); err != nil {
			return nil, fmt.Errorf("read the schema of %s: %w", tables[i].Name, err)
		}
	}
	return tables, nil
}

// fill reads the columns and indexes of a table.
func (t *tableInfo) fill(ctx context.Context, conn *sql.Conn) error {
	comments := parseDDL(t.DDL)
	t.Comment = comments.table
	rows, err := conn.QueryContext(ctx, `
		SELECT c.name, c.type, c."notnull", c.pk, c.dflt_value,
			coalesce((SELECT f."table" || '(' || coalesce(f."to", '') || ')'
				FROM pragma_foreign_key_list(:table) AS f
				WHERE f."from" = c.name), '')
		FROM pragma_table_xinfo(:table) AS c
		WHERE c.hidden <> 1
		ORDER BY c.cid`, sql.Named("table", t.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c columnInfo
		if err := rows.Scan(&c.Name, &c.Type, &c.NotNull, &c.Key, &c.Default, &c.References); err != nil {
			return err
		}
		if n := len(t.Columns); n < len(comments.columns) {
			c.Comment = comments.columns[n]
		}
		t.Columns = append(t.Columns, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	indexes, err := conn.QueryContext(ctx, `
		SELECT name, sql
		FROM sqlite_schema
		WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL
		ORDER BY name`, sql.Named("table", t.Name))
	if err != nil {
		return err
	}
	defer indexes.Close()
	for indexes.Next() {
		var index indexInfo
		if err := indexes.Scan(&index.Name, &index.DDL); err != nil {
			return err
		}
		t.Indexes = append(t.Indexes, index)
	}
	return indexes.Err()
}

// printTables shows the list: in JSON with all columns, in CSV, TSV and NDJSON one row a column.
func (a *app) printTables(tables []tableInfo) error {
	columns, rows := columnRows(true, tables...)
	document := map[string]any{"tables": orEmpty(tables)}
	if a.Form.ForPeople() {
		columns = []term.Column{{Name: "name", Fixed: true}, {Name: "type"}, {Name: "columns", Right: true}, {Name: "description", Wide: true}}
		rows = term.Each(tables, func(t tableInfo) []any { return []any{t.Name, t.Type, len(t.Columns), t.Comment} })
	}
	return a.Print(term.Result{Name: "schema", Document: document,
		Columns: columns, Null: " ",
		Rows: rows})
}

func (a *app) printTable(t tableInfo) error {
	columns, rows := columnRows(true, t)
	return a.Print(term.Result{Name: "schema", Document: map[string]any{"tables": []tableInfo{t}},
		Columns: columns,
		Rows:    rows,
		Text:    func() error { return a.readTable(t) }})
}

// readTable shows a table for people: what it is, its columns, its DDL.
func (a *app) readTable(t tableInfo) error {
	head := a.Paint(a.Stdout, term.StyleHead, t.Type+" "+t.Name)
	if t.Comment != "" {
		head += "\n" + term.Visible(t.Comment)
	}
	if _, err := io.WriteString(a.Stdout, head+"\n\n"); err != nil {
		return err
	}
	columns, rows := columnRows(false, t)
	if err := a.Print(term.Result{Columns: columns, Null: " ",
		Rows: rows}); err != nil {
		return err
	}
	ddl := "\n" + t.DDL + ";\n"
	for _, index := range t.Indexes {
		ddl += index.DDL + ";\n"
	}
	_, err := io.WriteString(a.Stdout, ddl)
	return err
}

// columnRows are the columns of tables as rows, with the name of their table or without.
func columnRows(named bool, tables ...tableInfo) (columns []term.Column, rows func(func(row ...any) error) error) {
	columns = []term.Column{{Name: "table", Fixed: true}, {Name: "column", Fixed: true}, {Name: "type", Fixed: true}, {Name: "null"},
		{Name: "key", Right: true}, {Name: "default"}, {Name: "references"}, {Name: "description", Wide: true}}
	if !named {
		columns = columns[1:]
	}
	return columns, func(write func(row ...any) error) error {
		for _, t := range tables {
			for _, c := range t.Columns {
				row := []any{t.Name, c.Name, c.Type, !c.NotNull, nil, nil, c.References, c.Comment}
				if c.Key > 0 {
					row[4] = c.Key
				}
				if c.Default != nil {
					row[5] = *c.Default
				}
				if err := write(row[len(row)-len(columns):]...); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// orEmpty makes a list that JSON shows as [] when it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
