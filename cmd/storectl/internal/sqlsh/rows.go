package sqlsh

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/pattern"
	"taskstore/schema"

	"modernc.org/sqlite"
)

// print writes the rows of a statement. It closes rows.
func (q *query) print(ctx context.Context, conn *sql.Conn, statement sqlStatement, rows *sql.Rows) error {
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if len(names) == 0 {
		return q.explain(ctx, conn, statement, errors.Join(drain(rows), rows.Close()))
	}
	columns := make([]term.Column, len(names))
	for i, name := range names {
		columns[i] = term.Column{Name: name, Wide: true, Fixed: isKey(name)}
	}
	var writer term.RowWriter
	for rows.Next() {
		row, err := scanRow(rows, len(names))
		if err != nil {
			return fmt.Errorf("query: %w", err)
		}
		if writer == nil {
			fitColumns(columns, row)
			writer = q.app.NewRows(columns, "NULL")
		}
		if err := writer.Write(row); err != nil {
			return fmt.Errorf("query: print: %w", err)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return q.explain(ctx, conn, statement, err)
	}
	if writer == nil {
		writer = q.app.NewRows(columns, "NULL")
	}
	return writer.Close()
}

// isKey says whether a column holds what is copied, and of no use when it is cut: ids, keys and hashes.
func isKey(name string) bool {
	name = strings.ToLower(name)
	return name == "id" || name == "pk" || name == "rev" || name == "blob" || name == "sha256" || name == "hash" || strings.HasSuffix(name, "_id") ||
		strings.HasSuffix(name, "_pk") || strings.HasSuffix(name, "_at")
}

// fitColumns goes by the first row: numbers are aligned right, and times are of no use when they are cut.
func fitColumns(columns []term.Column, row []any) {
	for i, value := range row {
		switch v := value.(type) {
		case int64, float64:
			columns[i].Right = true
		case string:
			if _, err := schema.Time(v).Time(); err == nil {
				columns[i].Fixed = true
			}
		}
	}
}

func drain(rows *sql.Rows) error {
	for rows.Next() {
	}
	return rows.Err()
}

func scanRow(rows *sql.Rows, n int) ([]any, error) {
	row := make([]any, n)
	into := make([]any, n)
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, value := range row {
		if t, ok := value.(time.Time); ok { // the driver reads text of columns declared DATE or TIMESTAMP as times
			row[i] = t.Format(time.RFC3339Nano)
		}
	}
	return row, nil
}

// printPlan shows the query plan: a tree in a table, its rows in the other forms.
func (q *query) printPlan(ctx context.Context, conn *sql.Conn, statement sqlStatement) error {
	text := statement.text(q.sql)
	arguments := q.arguments(statement)
	for _, parameter := range statement.parameters {
		if _, ok := q.values[parameter[1:]]; !ok {
			arguments = append(arguments, sql.Named(parameter[1:], nil))
		}
	}
	rows, err := conn.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, arguments...)
	if err != nil {
		return q.explain(ctx, conn, statement, err)
	}
	defer rows.Close()
	columns := []term.Column{{Name: "id", Right: true}, {Name: "parent", Right: true}, {Name: "detail"}}
	if q.app.Form.ForPeople() {
		columns = []term.Column{{Name: "plan"}}
	}
	writer := q.app.NewRows(columns, "")
	depth := map[int64]int{}
	for rows.Next() {
		var id, parent, unused int64
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return fmt.Errorf("query: %w", err)
		}
		depth[id] = depth[parent] + 1
		row := []any{id, parent, detail}
		if q.app.Form.ForPeople() {
			row = []any{strings.Repeat("  ", depth[id]-1) + detail}
		}
		if err := writer.Write(row); err != nil {
			return fmt.Errorf("query: print: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return q.explain(ctx, conn, statement, err)
	}
	return writer.Close()
}

var (
	nearToken    = pattern.Of(`near "(.+)": syntax error`)
	badToken     = pattern.Of(`(?s)unrecognized token: "(.+)"$`)
	unknownName  = pattern.Of(`no such (table|column|function): (\S+)`)
	driverPrefix = pattern.Of(`^SQL logic error: `)
	driverCode   = pattern.Of(` \(\d+\)$`)
)

// explain makes an error of SQLite's one that says what is wrong and where.
func (q *query) explain(ctx context.Context, conn *sql.Conn, statement sqlStatement, err error) error {
	var problem *sqlite.Error
	if !errors.As(err, &problem) || ctx.Err() != nil {
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("query: %w", err)
	}
	f := &term.Failure{Kind: "sql", Exit: term.ExitFailed, Err: err}
	text := driverCode.ReplaceAllString(driverPrefix.ReplaceAllString(problem.Error(), ""), "")
	if q.guard.denied != "" {
		f.Kind, f.Exit, f.Hint = "not_allowed", term.ExitMisused, q.guard.hint
		f.Message = "query: " + q.guard.denied
		return f
	}
	if kind, exit, hint := Kind(problem.Code()); kind != "failed" {
		f.Kind, f.Exit, f.Hint = kind, exit, hint
	}
	f.Message = "query: " + text
	if name := unknownName.FindStringSubmatch(text); name != nil {
		f.Hint = map[string]string{"table": hintTables, "column": hintColumns, "function": hintFunctions}[name[1]]
	}
	if at := q.place(ctx, conn, statement, text); at >= 0 {
		line, column := term.PlaceIn(q.sql, at)
		here := term.Cut(term.Visible(q.sql[at:]), 40)
		f.Message += fmt.Sprintf(" (line %d, column %d: %s)", line, column, here)
		f.More = map[string]any{"line": line, "column": column}
	}
	return f
}

// place finds the byte of the SQL that an error is about, or -1. SQLite names a token but the driver not where it
// stands; so for a syntax error the text is prepared up to each place where the token stands: the first beginning
// that fails in the same way ends with the place.
func (q *query) place(ctx context.Context, conn *sql.Conn, statement sqlStatement, message string) int {
	if bad := badToken.FindStringSubmatch(message); bad != nil {
		return strings.Index(q.sql, bad[1])
	}
	near := nearToken.FindStringSubmatch(message)
	name := unknownName.FindStringSubmatch(message)
	if near == nil && name == nil {
		return -1
	}
	for _, token := range sqlTokens(q.sql[:statement.end]) {
		if token.start < statement.start || token.kind == tokenComment {
			continue
		}
		if near != nil && strings.HasPrefix(q.sql[token.start:statement.end], near[1]) {
			prepared, err := conn.PrepareContext(ctx, q.sql[statement.start:token.start+len(near[1])])
			if err == nil {
				prepared.Close()
			} else if strings.Contains(err.Error(), near[0]) {
				return token.start
			}
		}
		if name != nil && sameName(q.sql[token.start:token.end], name[2]) {
			return token.start
		}
	}
	return -1
}

// sameName compares a token with a name that may be qualified.
func sameName(token, name string) bool {
	token = strings.Trim(token, "\"`[]")
	return strings.EqualFold(token, name) || strings.EqualFold(token, name[strings.LastIndexByte(name, '.')+1:])
}
