package repo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// rows compares every checksum with its row and every list with its owner, those of
// kept states included.
func (c *checker) rows(ctx context.Context) error {
	for _, r := range relations {
		c.unnamed = map[int64][]int{}
		lists, err := c.children(ctx, r)
		if err != nil {
			return err
		}
		if err := c.roots(ctx, r, lists); err != nil {
			return err
		}
	}
	return errors.Join(c.settings(ctx), c.revisions(ctx))
}

// eachRow gives the rows of a table with checksums, one after the other.
func (c *checker) eachRow(ctx context.Context, query string, fn func(vals []any)) error {
	result, err := c.q.Query(ctx, query)
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		vals, err := result.SliceScan()
		if err = errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		c.step(AreaRows, 0)
		fn(vals)
	}
	return result.Err()
}

// children checks the rows of all child tables of a relation and gives what the
// lists of each owner hold.
func (c *checker) children(ctx context.Context, r *relation) (map[int64]listStates, error) {
	lists := map[int64]listStates{}
	for _, ch := range r.children {
		if err := c.childTable(ctx, r, ch, lists); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

func (c *checker) childTable(ctx context.Context, r *relation, ch *child, lists map[int64]listStates) error {
	return c.eachRow(ctx, allSQL(ch), func(vals []any) {
		if c.tap != nil {
			c.tap(r.name, ch.table, vals)
		}
		owner, _ := vals[0].(int64)
		pos, _ := vals[1].(int64)
		last := len(vals) - 1
		sum, sealed := vals[last].(int64)
		is := sumOf(ch.sumCols(), vals[2:last], pos)
		if sealed && is != sum {
			c.unnamed[owner] = append(c.unnamed[owner], len(c.rep.Problems))
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Kind: r.kind, Table: ch.table, PK: owner,
				Detail: rowNameOf(ch, pos, vals[2]) + " differs from its checksum", Fix: fixHistory})
		}
		if lists[owner] == nil {
			lists[owner] = listStates{}
		}
		st := lists[owner][ch.table]
		st.add(sum)
		lists[owner][ch.table] = st
	})
}

// rowName names a row for people.
func rowNameOf(c *child, pos int64, first any) string {
	if c.form == schema.FormDocument {
		return fmt.Sprintf("document %v", first)
	}
	return fmt.Sprintf("row %d of the list", pos)
}

// allSQL reads a whole child table in the order in which it is stored: owner,
// place, columns, checksum.
func allSQL(c *child) string {
	if c.form == schema.FormDocument {
		return "SELECT " + c.owner + ", -1, name, body, sum FROM " + c.table + " ORDER BY " + c.owner + ", name"
	}
	order := c.owner + ", pos"
	if c.hasPK() {
		order = "pk"
	}
	return "SELECT " + c.owner + ", pos, " + strings.Join(c.columns(), ", ") + ", sum FROM " + c.table + " ORDER BY " + order
}

func (c *checker) roots(ctx context.Context, r *relation, lists map[int64]listStates) error {
	return c.eachRow(ctx, "SELECT "+strings.Join(names(r.cols), ", ")+", lists, sum FROM "+r.name+" ORDER BY pk", func(vals []any) {
		if c.tap != nil {
			c.tap(r.name, r.name, vals)
		}
		n := len(r.cols)
		c.root(r, vals[:n], vals[n], vals[n+1], lists)
	})
}

func (c *checker) root(r *relation, vals []any, listText, sum any, lists map[int64]listStates) {
	p := Problem{Area: AreaRows, Severity: SeverityError, Kind: r.kind, Table: r.name, Fix: fixHistory}
	p.PK, _ = vals[colPK].(int64)
	p.ID, _ = vals[1].(string)
	for _, i := range c.unnamed[p.PK] {
		c.rep.Problems[i].ID = p.ID
	}
	want, sealed := sum.(int64)
	if !sealed {
		p.Severity, p.Detail, p.Fix = SeverityNote, "written by another tool", fixSeal
		c.found(p)
		return
	}
	if sumOf(r.cols, vals, -1) != want {
		p.Detail = "the row differs from its checksum"
		c.found(p)
	}
	text, _ := listText.(string)
	said := parseLists(schema.JSON(text))
	for _, ch := range r.children {
		if is := lists[p.PK][ch.table]; is != said[ch.table] {
			p.Table = ch.table
			p.Detail = fmt.Sprintf("the list has %d rows where its owner knows %d, or other ones", is.n, said[ch.table].n)
			c.found(p)
		}
	}
}

func (c *checker) settings(ctx context.Context) error {
	return c.eachRow(ctx, "SELECT key, value, rev, saved_at, sum FROM settings ORDER BY key", func(vals []any) {
		if c.tap != nil {
			c.tap("settings", "settings", vals)
		}
		p := Problem{Area: AreaRows, Severity: SeverityError, Kind: "setting", Table: "settings", Fix: fixHistory}
		p.ID, _ = vals[0].(string)
		switch sum, sealed := vals[4].(int64); {
		case !sealed:
			p.Severity, p.Detail, p.Fix = SeverityNote, "written by another tool", fixSeal
			c.found(p)
		case sumOf(settingColumns, vals[:4], -1) != sum:
			p.Detail = "the row differs from its checksum"
			c.found(p)
		}
	})
}

// eachChecked gives the values of every row that has a checksum, in a fixed order, and
// what is wrong with the rows.
func eachChecked(ctx context.Context, q *sqlitedb.Tx, fn func(collection, table string, vals []any)) ([]Problem, error) {
	c := &checker{q: q, rep: &CheckReport{Checked: map[string]int64{}}, tap: fn}
	err := c.rows(ctx)
	return c.rep.Problems, err
}
