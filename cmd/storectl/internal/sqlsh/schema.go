package sqlsh

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"taskstore/cmd/storectl/internal/term"
)

// Table is one table or view in the data dictionary.
type Table struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"` // table or view
	Comment string   `json:"comment"`
	Columns []Column `json:"columns"`
	DDL     string   `json:"ddl"`
	Indexes []Index  `json:"indexes"`
}

// Column is one column of it.
type Column struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"`
	NotNull    bool    `json:"not_null"`
	Key        int     `json:"key"` // position in the primary key, from 1; 0 is none
	Default    *string `json:"default"`
	References string  `json:"references,omitempty"` // TABLE(COLUMN)
	Comment    string  `json:"comment"`
}

// Index is one index of it.
type Index struct {
	Name string `json:"name"`
	DDL  string `json:"ddl"`
}

// Schema reads the tables and views of the store, tables first. The insides of search tables are left out.
func (a *Session) Schema(ctx context.Context) (tables []Table, err error) {
	dir, err := a.Dir()
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
		t := Table{Columns: []Column{}, Indexes: []Index{}}
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
func (t *Table) fill(ctx context.Context, conn *sql.Conn) error {
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
		var c Column
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
		var index Index
		if err := indexes.Scan(&index.Name, &index.DDL); err != nil {
			return err
		}
		t.Indexes = append(t.Indexes, index)
	}
	return indexes.Err()
}

// PrintTables shows the list: in JSON with all columns, in CSV, TSV and NDJSON one row a column.
func (a *Session) PrintTables(tables []Table) error {
	columns, rows := columnRows(true, tables...)
	return a.Print(term.Result{Name: "schema", Document: Document(tables), Columns: columns, Rows: rows, People: &term.Result{Null: " ",
		Columns: []term.Column{{Name: "name", Fixed: true}, {Name: "type"}, {Name: "columns", Right: true}, {Name: "description", Wide: true}},
		Rows:    term.Each(tables, func(t Table) []any { return []any{t.Name, t.Type, len(t.Columns), t.Comment} })}})
}

// PrintTable shows one of them: its columns, in a table also its DDL.
func (a *Session) PrintTable(t Table) error {
	columns, rows := columnRows(true, t)
	return a.Print(term.Result{Name: "schema", Document: Document([]Table{t}),
		Columns: columns,
		Rows:    rows,
		Text:    func() error { return a.readTable(t) }})
}

// readTable shows a table for people: what it is, its columns, its DDL.
func (a *Session) readTable(t Table) error {
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
func columnRows(named bool, tables ...Table) (columns []term.Column, rows func(func(row ...any) error) error) {
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

// Dictionary is the data dictionary as Markdown.
func Dictionary(tables []Table) []byte {
	var out bytes.Buffer
	out.WriteString("# Data dictionary\n\nTimes are UTC text, `2006-01-02T15:04:05.000Z`; structures are JSON text.\n")
	for _, t := range tables {
		fmt.Fprintf(&out, "\n## %s\n", t.Name)
		if t.Comment != "" {
			fmt.Fprintf(&out, "\n%s (%s)\n", sentence(t.Comment), t.Type)
		}
		out.WriteString("\n| column | type | meaning |\n|---|---|---|\n")
		for _, c := range t.Columns {
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", c.Name, markdownCell(c.kind()), markdownCell(c.meaning()))
		}
	}
	return out.Bytes()
}

// kind is the type of a column in short.
func (c Column) kind() string {
	text := c.Type
	if c.Key > 0 {
		text += " key"
	} else if c.NotNull {
		text += " not null"
	}
	return strings.TrimSpace(text)
}

func (c Column) meaning() string {
	text := c.Comment
	if c.References != "" {
		text = joinText(text, "→ "+c.References)
	}
	return text
}

// sentence makes a sentence of a comment.
func sentence(text string) string {
	text = strings.ToUpper(text[:1]) + text[1:]
	return strings.TrimSuffix(text, ".") + "."
}

func markdownCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

// Document is what JSON shows of tables.
func Document(tables []Table) any {
	if tables == nil {
		tables = []Table{}
	}
	return map[string]any{"tables": tables}
}
