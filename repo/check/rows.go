package check

import (
	"context"
	"fmt"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// rows plans the comparison of every checksum with its row and of every list with its
// owner, those of kept states included, and of facets with their records.
func (p *plan) rows() {
	list := rowJobs()
	if p.opt.Quick {
		list = sampleJobs()
	}
	for _, run := range list {
		p.add(&job{area: AreaRows, run: run}, 0)
	}
	if !p.opt.Quick {
		p.add(&job{area: AreaRows, run: (*checker).facets}, 0)
		p.add(&job{area: AreaRows, run: (*checker).vanished}, 0)
	}
}

// rowJobs are the parts of the look at all rows.
func rowJobs() (list []func(*checker, context.Context) error) {
	for _, r := range rows.Relations {
		list = append(list, func(c *checker, ctx context.Context) error { return c.relation(ctx, r, "") })
	}
	return append(list, (*checker).settings, (*checker).revisions, (*checker).counts, (*checker).plain)
}

// rows looks at all rows, one after the other.
func (c *checker) rows(ctx context.Context) error {
	for _, run := range rowJobs() {
		if err := run(c, ctx); err != nil {
			return err
		}
	}
	return nil
}

// relation looks at the rows of the tables of one kind: all, or those of some records,
// whose keys are a list in JSON.
func (c *checker) relation(ctx context.Context, r *rows.Relation, pks string) error {
	c.unnamed = map[int64][]int{}
	lists, err := c.children(ctx, r, pks)
	if err != nil {
		return err
	}
	differ, err := c.roots(ctx, r, pks, lists)
	if err != nil {
		return err
	}
	for _, o := range differ {
		if err := c.listsDiffer(ctx, r, o); err != nil {
			return err
		}
	}
	return nil
}

// eachRow gives the rows of a table with checksums, one after the other. The values, texts
// as bytes, hold until the next row.
func (c *checker) eachRow(ctx context.Context, query string, args []any, fn func(vals []any)) error {
	var vals []any
	n := int64(0)
	return c.q.Each(ctx, query, args, func(r *sqlitedb.Row) error {
		if n++; c.fits(n) != nil {
			return c.fits(n)
		}
		c.step(AreaRows)
		vals = r.Values(vals[:0])
		fn(vals)
		return nil
	})
}

// textOf gives a value of eachRow for good, if it is a text.
func textOf(v any) string {
	text, _ := v.([]byte)
	return string(text)
}

// children checks the rows of all child tables of a relation and sums up what the lists of
// each owner hold.
func (c *checker) children(ctx context.Context, r *rows.Relation, pks string) (*listSums, error) {
	where, args := only("pk", pks)
	lists := newListSums(r)
	if err := c.q.Select(ctx, &lists.owners, "SELECT pk FROM "+r.Name+where+" ORDER BY pk", args...); err != nil {
		return nil, err
	}
	lists.ready()
	for i, ch := range r.Children {
		if err := c.childTable(ctx, r, ch, pks, func(owner, sum int64) { lists.add(i, owner, sum) }); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

func (c *checker) childTable(ctx context.Context, r *rows.Relation, ch *rows.Child, pks string, add func(owner, sum int64)) error {
	vouched, err := ch.Vouched(ctx, c.q)
	if err != nil {
		return err
	}
	where, args := only(ch.Owner, pks)
	return c.eachRow(ctx, allSQL(ch, where), args, func(vals []any) {
		if c.tap != nil {
			c.tap(r.Name, ch.Table, vals)
		}
		owner, _ := vals[0].(int64)
		pos, _ := vals[1].(int64)
		last := len(vals) - 1
		sum, sealed := vals[last].(int64)
		var wrong string
		switch {
		case vals[last] == nil && !vouched.Has(owner, ch.KeyOf(pos, vals[2])):
			wrong = ": " + rows.Unvouched
		case vals[last] != nil && (!sealed || rows.Sum(ch.SumCols(), vals[2:last], pos) != sum):
			wrong = " differs from its checksum"
		}
		if wrong != "" {
			c.unnamed[owner] = append(c.unnamed[owner], len(c.problems))
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Kind: r.Kind, Table: ch.Table, PK: owner,
				Detail: rowNameOf(ch, pos, vals[2]) + wrong, Fix: FixRows})
		}
		add(owner, sum)
	})
}

// rowName names a row for people.
func rowNameOf(c *rows.Child, pos int64, first any) string {
	if c.Form == schema.FormDocument {
		return "document " + textOf(first)
	}
	return fmt.Sprintf("row %d of the list", pos)
}

// only is the clause, with its arguments, for rows whose column has one of these keys.
func only(column, pks string) (where string, args []any) {
	if pks == "" {
		return "", nil
	}
	return " WHERE " + column + " IN (SELECT value FROM json_each(?))", []any{pks}
}

// allSQL reads a whole child table, or what where leaves of it, in the order in which it
// is stored: owner, place, columns, checksum.
func allSQL(c *rows.Child, where string) string {
	if c.Form == schema.FormDocument {
		return "SELECT " + c.Owner + ", -1, name, body, sum FROM " + c.Table + where + " ORDER BY " + c.Owner + ", name"
	}
	order := c.Owner + ", pos"
	if c.HasPK() {
		order = "pk"
	}
	return "SELECT " + c.Owner + ", pos, " + strings.Join(c.Columns(), ", ") + ", sum FROM " + c.Table + where + " ORDER BY " + order
}

// roots checks the rows of the records themselves, and gives those whose lists are not what
// they know of them.
func (c *checker) roots(ctx context.Context, r *rows.Relation, pks string, lists *listSums) (differ []ownerOfLists, err error) {
	where, args := only("pk", pks)
	vouched, err := rows.ReadVouched(ctx, c.q, r.Name, "pk")
	if err != nil {
		return nil, err
	}
	err = c.eachRow(ctx, "SELECT "+strings.Join(rows.Names(r.Cols), ", ")+", lists, sum FROM "+r.Name+where+" ORDER BY pk", args, func(vals []any) {
		if c.tap != nil {
			c.tap(r.Name, r.Name, vals)
		}
		n := len(r.Cols)
		p := c.root(r, vals[:n])
		if !c.sealed(p, r.Cols, vals[:n], vals[n+1], vouched.Has(0, p.PK)) {
			return
		}
		if said := rows.ParseLists(schema.JSON(textOf(vals[n]))); !lists.agree(p.PK, said) {
			differ = append(differ, ownerOfLists{p, said})
		}
	})
	return differ, err
}

// root is the problem of a record, if it has one. The problems of its lists get its id.
func (c *checker) root(r *rows.Relation, vals []any) Problem {
	p := Problem{Area: AreaRows, Severity: SeverityError, Kind: r.Kind, Table: r.Name, Fix: FixRows}
	p.PK, _ = vals[rows.ColPK].(int64)
	p.ID = textOf(vals[1])
	for _, i := range c.unnamed[p.PK] {
		c.problems[i].ID = p.ID
	}
	return p
}

// sealed compares a row with its checksum. It tells whether the row has one.
func (c *checker) sealed(p Problem, cols []schema.Column, vals []any, sum any, vouched bool) bool {
	want, ok := sum.(int64)
	switch {
	case sum == nil && vouched:
		p.Severity, p.Detail, p.Fix = SeverityNote, "written by another tool", fixSeal
	case sum == nil:
		p.Detail = rows.Unvouched
	case ok && rows.Sum(cols, vals, -1) == want:
		return true
	default:
		p.Detail = "the row differs from its checksum"
	}
	c.found(p)
	return sum != nil
}

func (c *checker) settings(ctx context.Context) error {
	vouched, err := rows.ReadVouched(ctx, c.q, "settings", "key")
	if err != nil {
		return err
	}
	return c.eachRow(ctx, "SELECT key, value, rev, saved_at, sum FROM settings ORDER BY key", nil, func(vals []any) {
		if c.tap != nil {
			c.tap("settings", "settings", vals)
		}
		p := Problem{Area: AreaRows, Severity: SeverityError, Kind: "setting", Table: "settings", Fix: FixRows}
		p.ID = textOf(vals[0])
		c.sealed(p, rows.SettingColumns, vals[:4], vals[4], vouched.Has(0, p.ID))
	})
}

// EachChecked gives the values of every row that has a checksum, in a fixed order, and
// what is wrong with the rows.
func EachChecked(ctx context.Context, q *sqlitedb.Tx, fn func(collection, table string, vals []any)) ([]Problem, error) {
	c := &checker{q: q, tally: newTally(nil), tap: fn}
	err := c.rows(ctx)
	return c.problems, err
}
