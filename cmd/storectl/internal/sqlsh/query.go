package sqlsh

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// What to do about SQL that goes wrong, on the command line.
const (
	hintTables       = "storectl schema lists the tables and views"
	hintColumns      = "storectl schema TABLE lists the columns"
	hintFunctions    = "storectl query 'SELECT name FROM pragma_function_list' lists the functions"
	hintWrite        = "add --write if it shall"
	hintSchemaChange = "add --schema-change if it shall; storectl repair schema makes it as it was"
	hintParameter    = "add -p "
)

// query is one run of storectl query.
type query struct {
	app        *Session
	sql        string
	guard      *sqlGuard
	plan       bool
	statements []sqlStatement
	values     map[string]string
}

// prepare finds what is wrong with the command line before the store is opened.
func (q *query) prepare(parameters []string) error {
	if q.guard.write && q.app.ReadOnly {
		return term.Misuse("leave one of them out", "query: --write and --read-only exclude each other")
	}
	if strings.IndexByte(q.sql, 0) >= 0 {
		return term.Misuse("", "query: the SQL holds a NUL character")
	}
	if err := q.app.CheckText("query: the SQL", []byte(q.sql)); err != nil {
		return err
	}
	q.statements = splitSQL(q.sql)
	switch n := len(q.statements); {
	case n == 0:
		return term.Misuse(`for example: storectl query "SELECT count(*) FROM notes"`, "query: there is no SQL")
	case n > 1 && q.plan:
		return term.Misuse("show the plan of one at a time", "query: there are %d statements, and --plan shows one", n)
	case n > 1 && !q.guard.write:
		return term.Misuse("run them one at a time; with --write several are one transaction", "query: there are %d statements, and query runs one", n)
	}
	for _, statement := range q.statements {
		if len(statement.words) > 0 && statement.words[0] == "VACUUM" {
			return term.Misuse("", "query: VACUUM is not allowed: it rewrites the whole database or writes another file")
		}
	}
	q.values = map[string]string{}
	for _, parameter := range parameters {
		name, value, ok := strings.Cut(parameter, "=")
		name = strings.TrimLeft(strings.TrimSpace(name), ":@$")
		if !ok || name == "" {
			return term.Misuse("write it as NAME=VALUE, for example -p status=done", "query: -p %s: there is no name and value", parameter)
		}
		if err := q.app.CheckText("query: -p "+name, []byte(value)); err != nil {
			return err
		}
		q.values[name] = value
	}
	return q.checkParameters()
}

// checkParameters compares the parameters of the SQL with those of the command line.
func (q *query) checkParameters() error {
	wanted := map[string]bool{}
	for _, statement := range q.statements {
		for _, parameter := range statement.parameters {
			name := parameter[1:]
			if parameter[0] == '?' {
				return term.Misuse("give it a name: :id in the SQL, -p id=VALUE beside it", "query: the parameter %s has no name", parameter)
			}
			if _, ok := q.values[name]; !ok && !q.plan {
				return term.Misuse(hintParameter+name+"=VALUE", "query: the SQL's parameter %s has no value", parameter)
			}
			wanted[name] = true
		}
	}
	for name := range q.values {
		if !wanted[name] {
			return term.Misuse("parameters stand in the SQL as :"+name, "query: -p %s: the SQL has no such parameter", name)
		}
	}
	return nil
}

// run opens the store, runs the statements and prints the rows.
func (q *query) run(ctx context.Context) (err error) {
	dir, err := q.app.Dir()
	if err != nil {
		return err
	}
	if q.guard.write && !q.plan {
		release, err := q.app.lockStore(ctx, dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	db, conn, err := openStoreSQL(ctx, dir, q.guard)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer func() { err = errors.Join(err, closeSQL(db, conn, q.guard)) }()
	if !q.guard.write || q.plan {
		return q.read(ctx, conn)
	}
	return q.change(ctx, conn)
}

// lockStore takes the store's lock as every writer holds it, together with others.
func (a *Session) lockStore(ctx context.Context, dir string) (release func() error, err error) {
	if err := repo.CheckLog(ctx, dir); err != nil { // before the lock, which it needs alone
		return nil, fmt.Errorf("query: %w", err)
	}
	release, err = repo.ShareDir(ctx, dir, 0)
	switch {
	case errors.Is(err, repo.ErrLocked):
		return nil, &term.Failure{Kind: "locked", Exit: term.ExitBusy, Message: "query: the store is locked: it is being migrated or restored",
			Hint: "try again when that is done"}
	case err != nil:
		return nil, fmt.Errorf("query: %w", err)
	}
	repo.MakePrivate(ctx, dir, a.Log)
	return release, nil
}

func (q *query) read(ctx context.Context, conn *sql.Conn) error {
	statement := q.statements[0]
	if q.plan {
		return q.printPlan(ctx, conn, statement)
	}
	rows, err := conn.QueryContext(ctx, statement.text(q.sql), q.arguments(statement)...)
	if err != nil {
		return q.explain(ctx, conn, statement, err)
	}
	return q.print(ctx, conn, statement, rows)
}

// change runs all statements in one transaction and prints the rows of the last.
func (q *query) change(ctx context.Context, conn *sql.Conn) (err error) {
	if err := q.ownStatement(ctx, conn, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("query: begin: %w", err)
	}
	defer func() {
		if err != nil { // the context may have ended, the transaction must end too
			_ = q.ownStatement(context.WithoutCancel(ctx), conn, "ROLLBACK")
		}
	}()
	var changed counting
	for i, statement := range q.statements {
		rows, err := conn.QueryContext(ctx, statement.text(q.sql), q.arguments(statement)...)
		if err != nil {
			return q.explain(ctx, conn, statement, err)
		}
		columns, err := rows.Columns()
		if err == nil && len(columns) > 0 && i < len(q.statements)-1 {
			rows.Close()
			return term.Misuse("run it by itself", "query: statement %d of %d returns rows, and only the last may", i+1, len(q.statements))
		}
		if err := q.print(ctx, conn, statement, rows); err != nil {
			return err
		}
		if err := changed.after(ctx, conn); err != nil {
			return fmt.Errorf("query: %w", err)
		}
	}
	if err := q.guard.file.Moved(); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if err := q.ownStatement(ctx, conn, "COMMIT"); err != nil {
		return fmt.Errorf("query: commit: %w", err)
	}
	q.app.Say("changed: %s", term.Counted(int(changed.rows), "row"))
	return nil
}

// counting counts the rows that statements change themselves, without what triggers do.
type counting struct{ rows, all int64 }

// after counts what the last statement has changed. changes() stays as it was where that is no change.
func (c *counting) after(ctx context.Context, conn *sql.Conn) error {
	var own, all int64
	if err := conn.QueryRowContext(ctx, "SELECT changes(), total_changes()").Scan(&own, &all); err != nil {
		return err
	}
	if all > c.all {
		c.rows += own
	}
	c.all = all
	return nil
}

// ownStatement runs a statement of ours past the guard.
func (q *query) ownStatement(ctx context.Context, conn *sql.Conn, statement string) error {
	q.guard.own = true
	defer func() { q.guard.own = false }()
	_, err := conn.ExecContext(ctx, statement)
	return err
}

func (q *query) arguments(statement sqlStatement) []any {
	var arguments []any
	seen := map[string]bool{}
	for _, parameter := range statement.parameters {
		name := parameter[1:]
		if value, ok := q.values[name]; ok && !seen[name] {
			seen[name] = true
			arguments = append(arguments, sql.Named(name, value))
		}
	}
	return arguments
}
