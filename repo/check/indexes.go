package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
)

// SQLite's own check looks up each row in each index, and says nothing of what else is in
// an index that holds some of the rows only: it may be the page of another one.

// indexes compares how many rows each index holds with how many its table has for it.
func (c *checker) indexes(ctx context.Context) error {
	var list []migrations.IndexSize
	if err := c.q.Select(ctx, &list, migrations.SQLIndexSizes); err != nil {
		return err
	}
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Table == list[0].Table {
			n++
		}
		err := c.indexesOf(ctx, list[:n])
		if err != nil && !errors.Is(err, sqlitedb.ErrSchema) { // one that does not fit its table is told as such
			return err
		}
		list = list[n:]
	}
	return nil
}

// indexesOf looks at the indexes of one table, whose rows are read once.
func (c *checker) indexesOf(ctx context.Context, list []migrations.IndexSize) error {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = "coalesce(sum((" + x.Where() + ") IS TRUE), 0)"
	}
	result, err := c.q.Query(ctx, "SELECT "+strings.Join(parts, ", ")+"\nFROM \""+strings.ReplaceAll(list[0].Table, `"`, `""`)+"\" NOT INDEXED")
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		vals, err := result.SliceScan()
		if err != nil {
			return err
		}
		for i, x := range list {
			if should, _ := vals[i].(int64); should != x.Rows {
				c.found(Problem{Area: AreaDB, Severity: SeverityError, Table: x.Table, Fix: FixSchema,
					Detail: fmt.Sprintf("index %s holds %d rows, and the table has %d for it", x.Name, x.Rows, should)})
			}
		}
	}
	return result.Err()
}
