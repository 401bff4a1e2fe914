package check

import (
	"context"
	"database/sql"

	"taskstore/migrations"
)

// pages asks SQLite for the structure of the file. What FTS5 finds meanwhile is left out
// where it is asked by itself, on the same connection.
func (c *checker) pages(ctx context.Context, asked bool) error {
	if err := c.structure(ctx, "PRAGMA integrity_check", asked); err != nil {
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
func (c *checker) structure(ctx context.Context, pragma string, asked bool) error {
	var found []string
	if err := c.q.Select(ctx, &found, pragma); err != nil {
		return err
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	roots, err := c.indexRoots(ctx)
	if err != nil {
		return err
	}
	for _, f := range found {
		p := Problem{Severity: SeverityError, Detail: f}
		if p.Area, p.Fix = areaOf(f); p.Area == AreaFTS && asked {
			continue
		}
		switch indexes := migrations.DamagedIndexes([]string{f}, roots); {
		case p.Area == AreaFTS:
		case len(indexes) > 0:
			p.Table, p.Fix = indexes[0], FixSchema
		default:
			p.Fix = FixRows
		}
		c.found(p)
	}
	return nil
}

// indexRoots are the indexes by their first pages.
func (c *checker) indexRoots(ctx context.Context) (map[int64]string, error) {
	var list []struct {
		Name string `db:"name"`
		Root int64  `db:"rootpage"`
	}
	roots := map[int64]string{}
	err := c.q.Select(ctx, &list, "SELECT name, rootpage FROM sqlite_schema WHERE type = 'index'")
	for _, l := range list {
		roots[l.Root] = l.Name
	}
	return roots, err
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
		p := Problem{Area: AreaFK, Severity: SeverityError, Table: table, PK: rowid.Int64,
			Detail: "belongs to a row of " + parent + " that is not there", Fix: FixRows}
		if parent == tableRevisions {
			p.Fix = fixRefs
		}
		c.found(p)
	}
	return result.Err()
}
