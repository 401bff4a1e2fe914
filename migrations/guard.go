package migrations

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlfile"
)

// guard remembers what the store held before a file ran.
type guard struct {
	rows    map[string]int64
	orphans int64
}

// newGuard counts the rows of every table and the rows whose foreign key
// points nowhere. Tools that do not enforce foreign keys may have left some;
// those do not stop a migration, but it may not add any.
func newGuard(ctx context.Context, db querier) (*guard, error) {
	rows, err := countRows(ctx, db)
	if err != nil {
		return nil, err
	}
	g := &guard{rows: rows}
	g.orphans, err = countOrphans(ctx, db)
	return g, err
}

// check compares the store with what is remembered, and then remembers the
// store as it is now. It runs in the transaction of the file f.
func (g *guard) check(ctx context.Context, db querier, f file) error {
	for _, name := range f.shrinks {
		if _, ok := g.rows[name]; !ok {
			return fmt.Errorf("it declares that %s may shrink, and there is no such table before it", name)
		}
	}
	after, err := newGuard(ctx, db)
	if err != nil {
		return err
	}
	var lost []string
	for name, n := range g.rows {
		if after.rows[name] < n && !slices.Contains(f.shrinks, name) {
			lost = append(lost, fmt.Sprintf("%s had %d rows and would have %d", name, n, after.rows[name]))
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return fmt.Errorf("rows would be lost: %s", strings.Join(lost, "; "))
	}
	if after.orphans > g.orphans {
		return fmt.Errorf("foreign keys: %d rows would point nowhere, %d did before", after.orphans, g.orphans)
	}
	*g = *after
	return nil
}

// countRows counts the rows of every ordinary table. Virtual tables and what
// they keep are derived and may be rebuilt at will.
func countRows(ctx context.Context, db querier) (map[string]int64, error) {
	names, err := tables(ctx, db)
	if err != nil {
		return nil, err
	}
	rows := make(map[string]int64, len(names))
	for _, name := range names {
		var n int64
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM `+quoted).Scan(&n); err != nil {
			return nil, fmt.Errorf("count rows of %s: %w", name, err)
		}
		rows[name] = n
	}
	return rows, nil
}

func tables(ctx context.Context, db querier) (names []string, err error) {
	return sqlfile.Column(ctx, db, `
		SELECT name
		FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
}

func countOrphans(ctx context.Context, db querier) (n int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&n)
	return n, err
}
