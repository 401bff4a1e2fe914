package repo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/sqlfile"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo/check"
	"taskstore/repo/history"
	"taskstore/repo/internal/opening"
)

// Derived tells whether a table of a store holds only what follows from the others, or from
// how the database was made: a database that is made anew fills it by itself, or Litestream does.
func Derived(table string) bool {
	switch table {
	case "facets", "facet_rows", "schema_files":
		return true
	}
	return strings.HasPrefix(table, "search_") || sqlfile.OfFollower(table)
}

// NewDatabase makes a database of this program's schema in a file that is not there,
// without what is derived: the first opening for writing makes that.
func NewDatabase(ctx context.Context, file string) (err error) {
	defer sqlitedb.Wrap(&err, "make a new database in %s", file)
	_, err = migrations.Up(ctx, file, migrations.Options{})
	return opening.MigrationError(err)
}

// ForgetDerived has what is derived made anew at the next opening for writing of a
// database whose rows were carried over from another.
func ForgetDerived(ctx context.Context, file string) (err error) {
	defer sqlitedb.Wrap(&err, "prepare %s", file)
	db, err := sqlitedb.Open(ctx, file, sqlitedb.Options{})
	if err != nil {
		return err
	}
	err = db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, "DELETE FROM store\nWHERE key <> ?", history.FactRetention)
		return err
	})
	return errors.Join(err, db.Close(context.WithoutCancel(ctx)))
}

// Readable tells whether the store in dir can be opened, each of its tables be read
// from beginning to end, and its pages are as they should be but for indexes, which are
// made anew of the tables: nil, or ErrCorrupt. Not a byte of its files changes, unless another
// program writes to it.
func Readable(ctx context.Context, dir string, opt Options) (err error) {
	defer sqlitedb.Wrap(&err, "read the store in %s", dir)
	opt.ReadOnly, opt.Untouched, opt.NoCreate = true, true, true
	if err = readAll(ctx, dir, opt); errors.Is(err, migrations.ErrDisturbed) {
		opt.Untouched = false
		err = readAll(ctx, dir, opt)
	}
	return err
}

func readAll(ctx context.Context, dir string, opt Options) (err error) {
	s, err := Open(ctx, dir, opt)
	if errors.Is(err, ErrMigrationNeeded) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.read(ctx, func(q *sqlitedb.Tx) error {
		var tables []string
		if err := q.Select(ctx, &tables, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"); err != nil {
			return err
		}
		for _, name := range tables {
			if err := readThrough(ctx, q, name); err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.soundPages(ctx)
}

// soundPages is ErrCorrupt where the file has to be made anew.
func (s *Store) soundPages(ctx context.Context) error {
	rep, err := s.Check(ctx, check.Options{Only: []string{check.AreaDB}})
	for _, p := range rep.Problems {
		if p.Severity == check.SeverityError && p.Fix == check.FixRows {
			return errors.Join(err, fmt.Errorf("%w: %s", ErrCorrupt, p.Detail))
		}
	}
	return err
}

func readThrough(ctx context.Context, q *sqlitedb.Tx, table string) error {
	result, err := q.Query(ctx, `SELECT * FROM "`+strings.ReplaceAll(table, `"`, `""`)+`" NOT INDEXED`)
	if err != nil {
		return err
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		return err
	}
	values, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		at[i] = &values[i]
	}
	for result.Next() {
		if err := result.Scan(at...); err != nil {
			return err
		}
	}
	return errors.Join(result.Err(), result.Close())
}
