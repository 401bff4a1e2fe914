package pages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"taskstore/internal/sqlfile"
)

// Suffixes of a database file and of what SQLite keeps beside it.
var Suffixes = []string{"", "-wal", "-shm", "-journal"}

// Inspect checks the structure of a copy, which must not change meanwhile, and says what it holds,
// without changing it. ErrCorrupt comes with what SQLite's integrity_check found; an empty file and
// one with a -wal or -journal beside it are not whole. Foreign keys are counted and not judged.
func Inspect(ctx context.Context, file string) (Facts, error) {
	if err := Check(ctx, nil, file); err != nil {
		return Facts{}, err
	}
	return Taken{}.Compare(ctx, file)
}

// Integrity has SQLite check a database.
func Integrity(ctx context.Context, q sqlfile.Querier) error {
	problems, err := sqlfile.Column(ctx, q, sqlCheckAll)
	if err != nil {
		return err
	}
	if len(problems) != 1 || problems[0] != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, strings.Join(problems, "; "))
	}
	return nil
}

// Complete says whether all of a database is in its file.
func Complete(file string) error {
	for _, suffix := range Suffixes {
		info, err := os.Stat(file + suffix)
		switch {
		case suffix != "" && errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a file", file+suffix)
		case suffix == "" && info.Size() == 0:
			return fmt.Errorf("%w: the file is empty", ErrCorrupt)
		case suffix != "" && suffix != "-shm" && info.Size() > 0:
			return fmt.Errorf("%w: a part of it is in %s", ErrCorrupt, file+suffix)
		}
	}
	return nil
}

// Facts is what a database holds, as far as it can be told without knowing
// what it is for.
type Facts struct {
	schema  map[string]string // SQL by type and name
	Rows    map[string]int64  // by table
	Orphans int64             // rows whose foreign key points nowhere
}

// beginner is what a pool and a connection have in common.
type beginner interface {
	sqlfile.Querier
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

// survey reads the facts in one transaction.
func survey(ctx context.Context, pool beginner) (Facts, error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return Facts{}, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	var f Facts
	if f.schema, err = schema(ctx, tx); err != nil {
		return Facts{}, err
	}
	if f.Rows, err = countRows(ctx, tx); err != nil {
		return Facts{}, err
	}
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&f.Orphans)
	return f, err
}

func schema(ctx context.Context, q sqlfile.Querier) (map[string]string, error) {
	list, err := sqlfile.All(ctx, q, func(o *[2]string) []any { return []any{&o[0], &o[1]} }, `
		SELECT type || ' ' || name, coalesce(sql, '')
		FROM sqlite_schema`)
	m := make(map[string]string, len(list))
	for _, o := range list {
		m[o[0]] = o[1]
	}
	return m, err
}

// countRows counts every table that has rows of its own: ordinary ones and
// those in which virtual tables keep theirs.
func countRows(ctx context.Context, q sqlfile.Querier) (map[string]int64, error) {
	names, err := sqlfile.Column(ctx, q, `
		SELECT name
		FROM pragma_table_list
		WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int64, len(names))
	for _, name := range names {
		var n int64
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		row := q.QueryRowContext(ctx, `SELECT count(*) FROM `+quoted)
		if err := row.Scan(&n); err != nil {
			return nil, fmt.Errorf("count rows of %s: %w", name, err)
		}
		counts[name] = n
	}
	return counts, nil
}
