// Package check holds every table of a store against every other, and the files beside
// the database too: pages, foreign keys, checksums, the search index, references,
// contents and backups. A check changes nothing. Repairs keep what they find before they
// change it. What can only come from a backup is said, and left to package recovery.
package check

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/search"
	"taskstore/schema"
)

// Areas of a check.
const (
	AreaDB      = "db"      // the pages of the SQLite file
	AreaFK      = "fk"      // rows that belong to a row that is not there
	AreaRows    = "rows"    // checksums of rows and of lists; what records are listed and counted by
	AreaFTS     = "fts"     // the search index
	AreaRefs    = "refs"    // links and contents that point nowhere
	AreaBlobs   = "blobs"   // the contents themselves
	AreaBackups = "backups" // the backups in the store's directory
)

// Areas are the areas that Check knows, in the order in which it looks at them.
func Areas() []string {
	return []string{AreaDB, AreaFK, AreaRows, AreaFTS, AreaRefs, AreaBlobs, AreaBackups}
}

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
type Options struct {
	// Quick looks at the order of pages but not at the indexes, and whether
	// contents are there but not at their bytes.
	Quick bool
	// Only names the areas; nil is all.
	Only []string
	// Progress, if set, is told how many of an area's rows or files are done.
	Progress func(area string, done, total int64)
}

// CheckReport is what a check found.
type Report struct {
	// OK is that there are neither errors nor warnings.
	OK       bool             `json:"ok"`
	Problems []Problem        `json:"problems"`
	Checked  map[string]int64 `json:"checked"` // rows, pages or files by area
}

// Damaged tells whether the check found an error.
func (r *Report) Damaged() bool {
	return slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Severity == SeverityError })
}

// checker is a check at work.
type checker struct {
	s   *Checks
	q   *sqlitedb.Tx
	opt Options
	rep *Report
	// unnamed are the problems of rows whose owner's id is not known yet, by its key.
	unnamed map[int64][]int
	// tap, if set, is given the values of every row that is checked, in a fixed order.
	tap func(collection, table string, vals []any)
}

// Check looks for damage, on one snapshot, and changes nothing. What it finds is
// in the report; an error says that it could not look. On a store opened with
// Untouched not a byte of the files changes.
func (s *Checks) Check(ctx context.Context, opt Options) (rep Report, err error) {
	defer sqlitedb.Wrap(&err, "check the store in %s", s.dir)
	rep = Report{Problems: []Problem{}, Checked: map[string]int64{}}
	for _, a := range opt.Only {
		if !slices.Contains(Areas(), a) {
			return rep, &schema.InvalidError{Kind: "check", Field: "area", Problem: fmt.Sprintf("%q is none of %s", a, strings.Join(Areas(), ", "))}
		}
	}
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		c := &checker{s: s, q: q, opt: opt, rep: &rep}
		steps := map[string]func(context.Context) error{
			AreaDB: c.pages, AreaFK: c.foreignKeys, AreaRows: c.rowsAndFacets, AreaFTS: c.index,
			AreaRefs: c.refs, AreaBlobs: c.contents, AreaBackups: c.backups,
		}
		for _, area := range Areas() {
			if len(opt.Only) > 0 && !slices.Contains(opt.Only, area) {
				continue
			}
			rep.Checked[area] = 0
			if err := steps[area](ctx); err != nil {
				if search.IsIndexDamage(err) {
					c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: "search", Detail: err.Error(), Fix: fixIndex})
					continue
				}
				if !errors.Is(sqlitedb.Classify(err), sqlitedb.ErrCorrupt) {
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
	fixKept    = "nothing mends a past state; a backup or an export from before the damage still has it"
	fixContent = "storectl blob verify --heal-from DIR, where DIR has it; or put the same file into the store again"
	fixBlobs   = "storectl repair blobs"
	fixRefs    = "storectl repair refs"
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
	if err := c.q.Select(ctx, &found, pragma); err != nil {
		return err
	}
	for _, f := range found {
		if f != "ok" {
			area, fix := areaOf(f)
			c.found(Problem{Area: area, Severity: SeverityError, Detail: f, Fix: fix})
		}
	}
	var pages int64
	if err := c.q.Get(ctx, &pages, "PRAGMA page_count"); err != nil {
		return err
	}
	c.rep.Checked[AreaDB] = pages
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
		c.rep.Checked[AreaFK]++
		c.found(Problem{Area: AreaFK, Severity: SeverityError, Table: table, PK: rowid.Int64,
			Detail: "belongs to a row of " + parent + " that is not there", Fix: "remove the row, or bring its owner back under the same pk"})
	}
	return result.Err()
}
