package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// rowsOf is what a table holds.
type rowsOf struct {
	table   string
	columns []string
	rows    [][]any
}

// sqlCopied names the tables whose rows an import makes; the text index makes its own.
const sqlCopied = `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'
	AND name NOT IN ('store', 'writer', 'schema_files', 'legacy_steps') ORDER BY name`

// childRows copies the rows of the store at from into the empty store in dir, while it
// reads the files of source, and gives the seconds of that.
func childRows(ctx context.Context, dir, from, source string) (n int, seconds float64, err error) {
	all, err := allRows(ctx, filepath.Join(from, "store.db"))
	if err != nil {
		return 0, 0, err
	}
	db, err := hand(filepath.Join(dir, "store.db"))
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	if err := dropTriggers(ctx, db); err != nil {
		return 0, 0, err
	}
	debug.SetGCPercent(-1) // the rows in memory are no cost of the work
	began, read := time.Now(), make(chan error, 1)
	go func() { read <- readJSON(source) }()
	for _, t := range all {
		if err := insertRows(ctx, db, t); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", t.table, err)
		}
		n += len(t.rows)
	}
	err = indexRows(ctx, db)
	return n, time.Since(began).Seconds(), errors.Join(err, <-read)
}

func allRows(ctx context.Context, file string) (all []rowsOf, err error) {
	db, err := handReader(file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names, err := textsOf(ctx, db, sqlCopied)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t := rowsOf{table: name}
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+name)
		if err != nil {
			return nil, err
		}
		if t.columns, err = rows.Columns(); err != nil {
			return nil, err
		}
		for rows.Next() {
			row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			t.rows = append(t.rows, row)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		if len(t.rows) > 0 {
			all = append(all, t)
		}
	}
	return all, nil
}

func textsOf(ctx context.Context, db *sql.DB, query string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

func dropTriggers(ctx context.Context, db *sql.DB) error {
	names, err := textsOf(ctx, db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
	for _, name := range names {
		_, e := db.ExecContext(ctx, "DROP TRIGGER "+name)
		err = errors.Join(err, e)
	}
	_, e := db.ExecContext(ctx, "PRAGMA foreign_keys = 0")
	return errors.Join(err, e)
}

// insertRows inserts the rows of a table with one prepared statement, many in a
// transaction.
func insertRows(ctx context.Context, db *sql.DB, t rowsOf) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.table, strings.Join(t.columns, ", "), marks)
	const at = 20_000
	for from := 0; from < len(t.rows); from += at {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		st, err := tx.Prepare(text)
		if err != nil {
			return err
		}
		for _, row := range t.rows[from:min(from+at, len(t.rows))] {
			if _, err := st.Exec(row...); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// indexRows makes the text index of the rows.
func indexRows(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "INSERT INTO search (search) VALUES ('rebuild')")
	return err
}

// readJSON reads all files below dir, hashes them and checks the syntax of those that
// are JSON.
func readJSON(dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		dec := jsontext.NewDecoder(io.TeeReader(f, sha256.New()), jsontext.AllowDuplicateNames(true))
		for err == nil {
			_, err = dec.ReadToken()
		}
		if err != io.EOF {
			return fmt.Errorf("%s: %w", p, err)
		}
		return nil
	})
}
