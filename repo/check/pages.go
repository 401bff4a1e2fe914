package check

import (
	"context"
	"database/sql"
)

// pages asks SQLite for the structure of the file.
func (c *checker) pages(ctx context.Context) error {
	if err := c.structure(ctx, "PRAGMA integrity_check"); err != nil {
		return err
	}
	var pages int64
	if err := c.q.Get(ctx, &pages, "PRAGMA page_count"); err != nil {
		return err
	}
	c.tally.add(AreaDB, pages)
	return nil
}

// structure reports what a check of SQLite's own finds.
func (c *checker) structure(ctx context.Context, pragma string) error {
	var found []string
	if err := c.q.Select(ctx, &found, pragma); err != nil {
		return err
	}
	for _, f := range found {
		if f != "ok" {
			area, fix := areaOf(f)
			c.found(Problem{Area: area, Severity: SeverityError, Detail: f, Fix: fix})
		}
	}
	return nil
}

func (c *checker) foreignKeys(ctx context.Context) error {
	result, err := c.q.Query(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var table, parent string
		var rowid sql.NullInt64
		var fk int64
		if err := result.Scan(&table, &rowid, &parent, &fk); err != nil {
			return err
		}
		c.tally.add(AreaFK, 1)
		c.found(Problem{Area: AreaFK, Severity: SeverityError, Table: table, PK: rowid.Int64,
			Detail: "belongs to a row of " + parent + " that is not there", Fix: "remove the row, or bring its owner back under the same pk"})
	}
	return result.Err()
}
