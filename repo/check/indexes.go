package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
)

// SQLite's own check looks up each row in each index, and compares how many rows an index of all
// rows holds with how many there are. It says nothing of what else is in an index that holds
// some of the rows only: it may be the page of another one.

// partialIndexes looks at the indexes of some of the rows. An empty one holds nothing else, and
// SQLite's own check finds what it lacks: its table, of which most often every page would have to
// be read, is not.
func (c *checker) partialIndexes(ctx context.Context) error {
	return c.indexes(ctx, true, func(x migrations.IndexSize) bool { return x.Rows > 0 })
}

// otherIndexes looks at all others, where SQLite's own check has found something: it ends after
// 100 findings.
func (c *checker) otherIndexes(ctx context.Context) error {
	if err := c.indexes(ctx, false, func(migrations.IndexSize) bool { return true }); err != nil {
		return err
	}
	return c.indexes(ctx, true, func(x migrations.IndexSize) bool { return x.Rows == 0 })
}

// indexes compares how many rows each index holds with how many its table has for it.
func (c *checker) indexes(ctx context.Context, partial bool, want func(migrations.IndexSize) bool) error {
	var list []migrations.IndexSize
	if err := c.q.Select(ctx, &list, migrations.SQLIndexSizes, partial); err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(x migrations.IndexSize) bool { return !want(x) })
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
