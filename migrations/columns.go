package migrations

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"

	"taskstore/internal/sqlfile"
)

// Column is a column of a table.
type Column struct {
	Name    string `db:"name"`
	Type    string `db:"type"`
	NotNull bool   `db:"notnull"`
	PK      int    `db:"pk"` // its place in the key, from 1; 0 none
}

// SQLColumns reads the columns of the table that is named.
const SQLColumns = `SELECT name, type, "notnull", pk
FROM pragma_table_xinfo(?)`

// Columns gives the columns of every table as this program makes them, by table.
func Columns() (map[string][]Column, error) { return ownColumns() }

// ownColumns makes the tables in memory, and asks SQLite.
var ownColumns = sync.OnceValues(func() (list map[string][]Column, err error) {
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	list = map[string][]Column{}
	for _, o := range Objects() {
		if o.Type != "table" {
			continue
		}
		if _, err := pool.Exec(o.SQL); err != nil {
			return nil, err
		}
		if list[o.Name], err = columnsOf(context.Background(), pool, o.Name); err != nil {
			return nil, err
		}
	}
	return list, nil
})

func columnsOf(ctx context.Context, db sqlfile.Querier, table string) (list []Column, err error) {
	return sqlfile.All(ctx, db, func(c *Column) []any { return []any{&c.Name, &c.Type, &c.NotNull, &c.PK} }, SQLColumns, table)
}

// Lacking gives those of the columns that a table should have which it has not, by name.
func Lacking(is, should []Column) (lacking []Column) {
	for _, c := range should {
		if !slices.ContainsFunc(is, func(o Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			lacking = append(lacking, c)
		}
	}
	return lacking
}
