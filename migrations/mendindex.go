package migrations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/pattern"
	"taskstore/internal/sqlfile"
)

var (
	namedIndex = pattern.Of(`\bindex (\w+)`)
	namedTree  = pattern.Of(`\bTree (\d+)`)
)

// DamagedIndexes names the indexes in which a check of SQLite's own has found damage, by
// what it says and by the first pages of all indexes.
func DamagedIndexes(findings []string, roots map[int64]string) (names []string) {
	for _, f := range findings {
		name := ""
		if m := namedIndex.FindStringSubmatch(f); m != nil {
			name = m[1]
		} else if m := namedTree.FindStringSubmatch(f); m != nil {
			root, _ := strconv.ParseInt(m[1], 10, 64)
			name = roots[root]
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// indexes makes those anew that are damaged, or whose text was. One that SQLite made for a
// key can be filled anew only where it is.
func (m *mending) indexes(ctx context.Context) error {
	list, err := m.list(ctx)
	if err != nil {
		return err
	}
	roots := map[int64]string{}
	for _, o := range list {
		if o.Type == "index" {
			roots[o.root] = o.Name
		}
	}
	findings, err := sqlfile.Column(ctx, m.conn, "PRAGMA integrity_check(1000)")
	if err != nil {
		m.left = append(m.left, err) // worse than an index
	}
	uneven, err := m.uneven(ctx)
	if err != nil {
		m.left = append(m.left, err)
	}
	findings = append(findings, uneven...)
	for _, name := range DamagedIndexes(findings, roots) {
		if err := m.index(ctx, name); err != nil {
			m.left = append(m.left, fmt.Errorf("index %s cannot be made anew: %w", name, err))
			continue
		}
		m.did("made index %s anew", name)
	}
	return nil
}

// index makes one index anew. A damaged one cannot be dropped, since that reads it.
func (m *mending) index(ctx context.Context, name string) error {
	sql := Text(name)
	if sql == "" {
		return m.exec(ctx, `REINDEX "`+name+`"`)
	}
	if err := m.exec(ctx, "PRAGMA writable_schema = ON"); err != nil {
		return err
	}
	if err := m.exec(ctx, "DELETE FROM sqlite_schema WHERE type = 'index' AND name = ?", name); err != nil {
		return err
	}
	m.holes = true
	if err := m.reload(ctx); err != nil {
		return err
	}
	return m.exec(ctx, sql)
}

// IndexSize is how many rows an index holds.
type IndexSize struct {
	Name  string `db:"name"`
	Table string `db:"tbl_name"`
	SQL   string `db:"sql"` // "" of one that SQLite has made for a key
	Rows  int64  `db:"ncell"`
}

// SQLIndexSizes counts what is in the pages of each index: of those of some of their rows, or of
// the others, which SQLite's own check counts too, if it has not found very much before.
const SQLIndexSizes = `SELECT s.name, s.tbl_name, coalesce(s.sql, '') AS sql, d.ncell
FROM sqlite_schema AS s
JOIN dbstat AS d ON d.name = s.name AND d.aggregate = 1
WHERE s.type = 'index' AND coalesce(instr(s.sql, ') WHERE '), 0) > 0 = ?
ORDER BY s.tbl_name, s.name`

// Where is the condition for the rows of its table that an index holds.
func (x IndexSize) Where() string {
	if _, cond, found := strings.Cut(x.SQL, ") WHERE "); found {
		return cond
	}
	return "1"
}

// uneven finds the indexes that do not hold as many rows as their tables have for them:
// SQLite's own check says nothing of what else is in an index of some of the rows.
func (m *mending) uneven(ctx context.Context) (findings []string, err error) {
	var list []IndexSize
	for _, partial := range []bool{true, false} {
		some, failed := sqlfile.All(ctx, m.conn, func(x *IndexSize) []any { return []any{&x.Name, &x.Table, &x.SQL, &x.Rows} }, SQLIndexSizes, partial)
		list, err = append(list, some...), errors.Join(err, failed)
	}
	for _, x := range list {
		var should int64
		row := m.conn.QueryRowContext(ctx, "SELECT coalesce(sum(("+x.Where()+") IS TRUE), 0) FROM "+x.Table+" NOT INDEXED")
		if row.Scan(&should) != nil || should != x.Rows {
			findings = append(findings, "index "+x.Name)
		}
	}
	return findings, err
}
