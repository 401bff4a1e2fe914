package check

import (
	"cmp"
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// facets compares what records are listed and counted by with the records. It is derived:
// nothing is lost by damage to it. But what is listed and not there is a record that is gone.
func (c *checker) facets(ctx context.Context) error {
	var found []Problem
	err := rows.CheckFacets(ctx, c.q, func(f rows.FacetFault) {
		found = append(found, Problem{Area: AreaRows, Severity: SeverityError, Kind: f.Kind, Table: f.Table, PK: f.PK, Detail: f.Detail, Fix: FixRows})
	})
	for _, p := range found {
		if p.Table == "facet_rows" && p.Kind != "" {
			gone, err := c.nameOrGone(ctx, &p)
			if err != nil {
				return err
			}
			p.Detail = cmp.Or(gone, p.Detail)
		}
		c.found(p)
	}
	return err
}

// nameOrGone gives a problem of a record the id of it; of one that is listed and not there it says
// what that was called.
func (c *checker) nameOrGone(ctx context.Context, p *Problem) (gone string, err error) {
	if err := c.name(ctx, p); err != nil || p.ID != "" {
		return "", err
	}
	var titles []string
	err = c.q.Select(ctx, &titles, `SELECT w.title
FROM facet_rows AS w
JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = ? AND w.owner_pk = ? AND w.title IS NOT NULL
LIMIT 1`, p.Kind, p.PK)
	if err != nil || len(titles) == 0 {
		return "", err
	}
	return fmt.Sprintf("the record %q is gone, and nobody has removed it", titles[0]), nil
}

// name gives a problem of a record the id of it, if it is there.
func (c *checker) name(ctx context.Context, p *Problem) error {
	r, err := rows.RelationOf(p.Kind)
	if err != nil {
		return err
	}
	return c.q.Get(ctx, &p.ID, "SELECT coalesce((SELECT id FROM "+r.Name+" WHERE pk = ?), '')", p.PK)
}

// planFacets has the facets made anew if they are not as they should be, and names the records
// that are gone: nothing tells of them afterwards.
func (s *Checks) planFacets(ctx context.Context, q *sqlitedb.Tx) (fixes []fix, err error) {
	var faults []rows.FacetFault
	if err := rows.CheckFacets(ctx, q, func(f rows.FacetFault) { faults = append(faults, f) }); err != nil || len(faults) == 0 {
		return nil, err
	}
	c := &checker{q: q}
	for _, f := range faults {
		if f.Table != "facet_rows" || f.Kind == "" {
			continue
		}
		gone, err := c.nameOrGone(ctx, &Problem{Kind: f.Kind, PK: f.PK})
		if err != nil {
			return nil, err
		}
		if gone != "" {
			fixes = append(fixes, fix{Repaired: Repaired{Kind: f.Kind, Table: f.Table, Detail: gone, Done: "taken out of lists and counts"}, do: noFix})
		}
	}
	return append(fixes, fix{
		Repaired: Repaired{Table: "facets", Detail: fmt.Sprintf("%d lists or counts are not those of the records", len(faults)), Done: "made anew from the records"},
		do:       rows.FillFacets,
	}), nil
}

// noFix is for what the next fix does.
func noFix(context.Context, *sqlitedb.Tx) error { return nil }
