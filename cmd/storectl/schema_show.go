package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

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
	switch a.opt.output {
	case "json":
		return a.document("schema", map[string]any{"tables": orEmpty(tables)})
	case "table":
		out := a.newRows([]column{{name: "name", fixed: true}, {name: "type"}, {name: "columns", right: true}, {name: "description"}}, "")
		for _, t := range tables {
			if err := out.write([]any{t.Name, t.Type, len(t.Columns), t.Comment}); err != nil {
				return err
			}
		}
		return out.close()
	}
	return a.printColumns(tables...)
}

func (a *app) printTable(t tableInfo) error {
	switch a.opt.output {
	case "json":
		return a.document("schema", map[string]any{"tables": []tableInfo{t}})
	case "table":
	default:
		return a.printColumns(t)
	}
	head := a.paint(a.stdout, styleHead, t.Type+" "+t.Name)
	if t.Comment != "" {
		head += "\n" + visible(t.Comment)
	}
	if _, err := io.WriteString(a.stdout, head+"\n\n"); err != nil {
		return err
	}
	if err := a.printColumns(t); err != nil {
		return err
	}
	ddl := "\n" + t.DDL + ";\n"
	for _, index := range t.Indexes {
		ddl += index.DDL + ";\n"
	}
	_, err := io.WriteString(a.stdout, ddl)
	return err
}

func (a *app) printColumns(tables ...tableInfo) error {
	columns := []column{{name: "table", fixed: true}, {name: "column", fixed: true}, {name: "type", fixed: true}, {name: "null"},
		{name: "key", right: true}, {name: "default"}, {name: "references"}, {name: "description"}}
	if a.opt.output == "table" {
		columns = columns[1:]
	}
	out := a.newRows(columns, "")
	for _, t := range tables {
		for _, c := range t.Columns {
			row := []any{t.Name, c.Name, c.Type, !c.NotNull, nil, nil, c.References, c.Comment}
			if c.Key > 0 {
				row[4] = c.Key
			}
			if c.Default != nil {
				row[5] = *c.Default
			}
			if err := out.write(row[len(row)-len(columns):]); err != nil {
				return err
			}
		}
	}
	return out.close()
}

// orEmpty makes a list that JSON shows as [] when it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
