package check

import (
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// facets compares what records are listed and counted by with the records. It is derived:
// nothing is lost by damage to it.
func (c *checker) facets(ctx context.Context) error {
	var found []Problem
	err := rows.CheckFacets(ctx, c.q, func(f rows.FacetFault) {
		found = append(found, Problem{Area: AreaRows, Severity: SeverityError, Kind: f.Kind, Table: f.Table, PK: f.PK, Detail: f.Detail, Fix: FixRows})
	})
	for _, p := range found {
		if p.Table == "facet_rows" && p.Kind != "" {
			if err := c.name(ctx, &p); err != nil {
				return err
			}
		}
		c.found(p)
	}
	return err
}

// name gives a problem of a record the id of it, if it is there.
func (c *checker) name(ctx context.Context, p *Problem) error {
	r, err := rows.RelationOf(p.Kind)
	if err != nil {
		return err
	}
	return c.q.Get(ctx, &p.ID, "SELECT coalesce((SELECT id FROM "+r.Name+" WHERE pk = ?), '')", p.PK)
}

// planFacets has the facets made anew if they are not as they should be.
func (s *Checks) planFacets(ctx context.Context, q *sqlitedb.Tx) ([]fix, error) {
	n := 0
	if err := rows.CheckFacets(ctx, q, func(rows.FacetFault) { n++ }); err != nil || n == 0 {
		return nil, err
	}
	return []fix{{
		Repaired: Repaired{Table: "facets", Detail: fmt.Sprintf("%d lists or counts are not those of the records", n), Done: "made anew from the records"},
		do:       rows.FillFacets,
	}}, nil
}
