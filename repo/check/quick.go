package check

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"taskstore/repo/internal/rows"
)

// A quick check looks at samples: see Options.Quick.
const (
	newest    = 128  // records of a kind, and revisions
	drawn     = 128  // further ones, drawn anew each time
	smallRows = 1000 // of a table whose pages are looked at
)

// sample picks keys of a table: the newest, and others anywhere.
func (c *checker) sample(ctx context.Context, table string) (pks []int64, err error) {
	if err := c.q.Select(ctx, &pks, "SELECT pk FROM "+table+" ORDER BY pk DESC LIMIT ?", newest); err != nil || len(pks) < newest {
		return pks, err
	}
	var first int64
	if err := c.q.Get(ctx, &first, "SELECT min(pk) FROM "+table); err != nil {
		return nil, err
	}
	rest := pks[newest-1] - first // between the first one and the newest
	if rest <= 0 {
		return pks, nil
	}
	from := make([]int64, drawn)
	for i := range from {
		from[i] = first + rand.Int64N(rest)
	}
	var more []int64
	err = c.q.Select(ctx, &more, "SELECT DISTINCT (SELECT t.pk FROM "+table+" AS t WHERE t.pk >= j.value ORDER BY t.pk LIMIT 1) FROM json_each(?) AS j WHERE j.value < ?",
		rows.JSONList(from), pks[newest-1])
	return append(pks, more...), err
}

// sampleJobs are the parts of a quick look at rows.
func sampleJobs() (list []func(*checker, context.Context) error) {
	for _, r := range rows.Relations {
		list = append(list, func(c *checker, ctx context.Context) error {
			pks, err := c.sample(ctx, r.Name)
			if err != nil || len(pks) == 0 {
				return err
			}
			return c.relation(ctx, r, rows.JSONList(pks))
		})
	}
	return append(list, (*checker).settings, (*checker).unsealed, func(c *checker, ctx context.Context) error {
		pks, err := c.sample(ctx, "revisions")
		if err != nil || len(pks) == 0 {
			return err
		}
		return c.revisionsOf(ctx, "WHERE pk IN ("+strings.Trim(rows.JSONList(pks), "[]")+")")
	})
}

// unsealed tells how many records another tool has written, which have no checksums yet.
func (c *checker) unsealed(ctx context.Context) error {
	var n int64
	err := c.q.Get(ctx, &n, "SELECT count(*) FROM ("+rows.UnsealedSQL()+")")
	if n > 0 {
		c.found(Problem{Area: AreaRows, Severity: SeverityNote, Detail: fmt.Sprintf("%d records were written by another tool", n), Fix: fixSeal})
	}
	return err
}

// smallTables asks SQLite for the structure of the tables that have few rows, the list
// of all tables being one of them.
func (c *checker) smallTables(ctx context.Context) error {
	var names []string
	err := c.q.Select(ctx, &names, "SELECT 'sqlite_schema' UNION ALL SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
	if err != nil {
		return err
	}
	for _, name := range names {
		var n int64
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if err := c.q.Get(ctx, &n, "SELECT count(*) FROM (SELECT 1 FROM "+quoted+" LIMIT ?)", smallRows+1); err != nil {
			return err
		}
		if n > smallRows {
			continue
		}
		if err := c.structure(ctx, "PRAGMA quick_check("+quoted+")", false); err != nil {
			return err
		}
		c.tally.add(AreaDB, 1)
	}
	return nil
}

// indexSample compares some records with what is indexed of them.
func (c *checker) indexSample(ctx context.Context, r *rows.Relation) error {
	pks, err := c.sample(ctx, r.Name)
	if err != nil {
		return err
	}
	return c.indexOf(ctx, r, pks, nil)
}

// sampleIndex plans a quick look at an index that is there.
func (p *plan) sampleIndex() {
	for _, r := range rows.Relations {
		p.add(&job{area: AreaFTS, run: func(c *checker, ctx context.Context) error { return c.indexSample(ctx, r) }}, 0)
	}
}
