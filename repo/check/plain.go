package check

import (
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// plain compares the rows of tables that no entity has with their checksums, and looks at
// who the triggers believe is writing.
func (c *checker) plain(ctx context.Context) error {
	for _, p := range rows.Plains {
		if err := c.plainTable(ctx, p); err != nil {
			return err
		}
	}
	idle, err := rows.WriterIdle(ctx, c.q)
	if err == nil && !idle {
		c.found(Problem{Area: AreaRows, Severity: SeverityWarning, Table: "writer", PK: 1, Fix: FixRows,
			Detail: "the triggers are told that this program is writing: they do not notice what others write"})
	}
	return err
}

func (c *checker) plainTable(ctx context.Context, p *rows.Plain) error {
	n := len(p.Key)
	return c.eachRow(ctx, p.SQL(), nil, func(vals []any) {
		sum, sealed := vals[len(vals)-1].(int64)
		if !sealed || sum == p.Sum(vals[n:len(vals)-1]) {
			return
		}
		found := Problem{Area: AreaRows, Severity: SeverityError, Table: p.Name, Detail: p.RowName(vals[:n]) + ": the row differs from its checksum", Fix: FixRows}
		found.PK, _ = vals[0].(int64)
		c.found(found)
	})
}

// planPlain has damaged rows of plain tables taken as they are.
func (s *Checks) planPlain(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	for _, p := range rows.Plains {
		c := &checker{s: s, q: q, tally: newTally(nil)}
		if err := c.plainTable(ctx, p); err != nil {
			return nil, err
		}
		if n := len(c.problems); n > 0 {
			fixes = append(fixes, fix{
				Repaired: Repaired{Table: p.Name, Detail: fmt.Sprintf("%d rows differ from their checksums, such as %s", n, c.problems[0].Detail), Done: "accepted as they are"},
				do:       func(ctx context.Context, q *sqlitedb.Tx) error { return p.Accept(ctx, q) },
			})
		}
	}
	return fixes, nil
}
