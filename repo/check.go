package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/schema"
)

// Areas of a check.
const (
	AreaDB    = "db"    // the pages of the SQLite file
	AreaFK    = "fk"    // rows that belong to a row that is not there
	AreaRows  = "rows"  // checksums of rows and of lists
	AreaRefs  = "refs"  // links and contents that point nowhere
	AreaBlobs = "blobs" // the contents themselves
)

// Areas are the areas that Check knows, in the order in which it looks at them.
func Areas() []string { return []string{AreaDB, AreaFK, AreaRows, AreaRefs, AreaBlobs} }

// Severity of a Problem.
type Severity string

// The severities. Only an error means that something is damaged.
const (
	SeverityError   Severity = "error"   // damaged or lost
	SeverityWarning Severity = "warning" // should be looked at
	SeverityNote    Severity = "note"    // as it should be, and worth knowing
)

// Problem is one finding of a check.
type Problem struct {
	Area     string   `json:"area"`
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Table    string   `json:"table"`
	PK       int64    `json:"pk"`
	Detail   string   `json:"detail"`
	Fix      string   `json:"fix"`
}

// CheckOptions says what a check looks at. The zero value looks at everything.
type CheckOptions struct {
	// Quick looks at the order of pages but not at the indexes, and whether
	// contents are there but not at their bytes.
	Quick bool
	// Only names the areas; nil is all.
	Only []string
	// Progress, if set, is told how many of an area's rows or files are done.
	Progress func(area string, done, total int64)
}

// CheckReport is what a check found.
type CheckReport struct {
	// OK is that there are neither errors nor warnings.
	OK       bool             `json:"ok"`
	Problems []Problem        `json:"problems"`
	Checked  map[string]int64 `json:"checked"` // rows, pages or files by area
}

// Damaged tells whether the check found an error.
func (r *CheckReport) Damaged() bool {
	return slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// checker is a check at work.
type checker struct {
	s   *Store
	q   execer
	opt CheckOptions
	rep *CheckReport
}

// Check looks for damage, on one snapshot, and changes nothing. What it finds is
// in the report; an error says that it could not look. On a store opened with
// Untouched not a byte of the files changes.
func (s *Store) Check(ctx context.Context, opt CheckOptions) (rep CheckReport, err error) {
	defer wrap(&err, "check the store in %s", s.dir)
	rep = CheckReport{Problems: []Problem{}, Checked: map[string]int64{}}
	for _, a := range opt.Only {
		if !slices.Contains(Areas(), a) {
			return rep, &schema.InvalidError{Kind: "check", Field: "area", Problem: fmt.Sprintf("%q is none of %s", a, strings.Join(Areas(), ", "))}
		}
	}
	err = s.read(ctx, func(q execer) error {
		c := &checker{s: s, q: q, opt: opt, rep: &rep}
		steps := map[string]func(context.Context) error{
			AreaDB: c.pages, AreaFK: c.foreignKeys, AreaRows: c.rows, AreaRefs: c.refs, AreaBlobs: c.contents,
		}
		for _, area := range Areas() {
			if len(opt.Only) > 0 && !slices.Contains(opt.Only, area) {
				continue
			}
			rep.Checked[area] = 0
			if err := steps[area](ctx); err != nil {
				if !errors.Is(classify(err), ErrCorrupt) {
					return err
				}
				c.found(Problem{Area: area, Severity: SeverityError, Detail: err.Error(), Fix: fixRestore})
			}
		}
		return nil
	})
	rep.OK = !slices.ContainsFunc(rep.Problems, func(p Problem) bool { return p.Severity != SeverityNote })
	return rep, err
}

// What a person can do about a problem.
const (
	fixRestore = "put back a copy of the store that is sound"
	fixHistory = "look at the kept states of this record, or put back a sound copy"
	fixContent = "put the same file into the store again"
	fixSeal    = "nothing: the next program that writes gives it a checksum"
)

func (c *checker) found(p Problem) { c.rep.Problems = append(c.rep.Problems, p) }

func (c *checker) step(area string, total int64) {
	c.rep.Checked[area]++
	if c.opt.Progress != nil {
		c.opt.Progress(area, c.rep.Checked[area], total)
	}
}

// pages asks SQLite for the structure of the file.
func (c *checker) pages(ctx context.Context) error {
	pragma := "PRAGMA integrity_check"
	if c.opt.Quick {
		pragma = "PRAGMA quick_check"
	}
	var found []string
	if err := c.q.sel(ctx, &found, pragma); err != nil {
		return err
	}
	for _, f := range found {
		if f != "ok" {
			c.found(Problem{Area: AreaDB, Severity: SeverityError, Detail: f, Fix: fixRestore})
		}
	}
	var pages int64
	if err := c.q.get(ctx, &pages, "PRAGMA page_count"); err != nil {
		return err
	}
	c.rep.Checked[AreaDB] = pages
	return nil
}

func (c *checker) foreignKeys(ctx context.Context) error {
	rows, err := c.q.query(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table, parent string
		var rowid sql.NullInt64
		var fk int64
		if err := rows.Scan(&table, &rowid, &parent, &fk); err != nil {
			return err
		}
		c.rep.Checked[AreaFK]++
		c.found(Problem{Area: AreaFK, Severity: SeverityError, Table: table, PK: rowid.Int64,
			Detail: "belongs to a row of " + parent + " that is not there", Fix: "remove the row, or bring its owner back under the same pk"})
	}
	return rows.Err()
}

// rows compares every checksum with its row and every list with its owner.
func (c *checker) rows(ctx context.Context) error {
	for _, r := range relations {
		lists, err := c.children(ctx, r)
		if err != nil {
			return err
		}
		if err := c.roots(ctx, r, lists); err != nil {
			return err
		}
	}
	return c.settings(ctx)
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
	rows, err := c.q.query(ctx, ch.allSQL())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err = errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		owner, _ := vals[0].(int64)
		pos, _ := vals[1].(int64)
		last := len(vals) - 1
		sum, sealed := vals[last].(int64)
		c.step(AreaRows, 0)
		is := sumOf(ch.sumCols(), vals[2:last], pos)
		if sealed && is != sum {
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Kind: r.kind, Table: ch.table, PK: owner,
				Detail: fmt.Sprintf("row %d of the list differs from its checksum", pos), Fix: fixHistory})
		}
		if lists[owner] == nil {
			lists[owner] = listStates{}
		}
		st := lists[owner][ch.table]
		st.add(sum)
		lists[owner][ch.table] = st
	}
	return rows.Err()
}

// allSQL reads a whole child table: owner, place, columns, checksum.
func (c *child) allSQL() string {
	if c.form == schema.FormDocument {
		return "SELECT " + c.owner + ", -1, name, body, sum FROM " + c.table
	}
	return "SELECT " + c.owner + ", pos, " + strings.Join(c.columns(), ", ") + ", sum FROM " + c.table
}

func (c *checker) roots(ctx context.Context, r *relation, lists map[int64]listStates) error {
	rows, err := c.q.query(ctx, "SELECT "+strings.Join(names(r.cols), ", ")+", lists, sum FROM "+r.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err = errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		n := len(r.cols)
		c.step(AreaRows, 0)
		c.root(r, vals[:n], vals[n], vals[n+1], lists)
	}
	return rows.Err()
}

func (c *checker) root(r *relation, vals []any, listText, sum any, lists map[int64]listStates) {
	p := Problem{Area: AreaRows, Severity: SeverityError, Kind: r.kind, Table: r.name, Fix: fixHistory}
	p.PK, _ = vals[colPK].(int64)
	p.ID, _ = vals[1].(string)
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
	rows, err := c.q.query(ctx, "SELECT key, value, rev, saved_at, sum FROM settings")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err != nil {
			return err
		}
		c.step(AreaRows, 0)
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
	}
	return rows.Err()
}
