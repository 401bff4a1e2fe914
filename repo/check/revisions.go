package check

import (
	"context"
	"fmt"

	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
)

// revisions compares the checksum of every revision with its row.
func (c *checker) revisions(ctx context.Context) error { return c.revisionsOf(ctx, "") }

// revisionsOf looks at the revisions that where selects.
func (c *checker) revisionsOf(ctx context.Context, where string) error {
	vouched, err := rows.ReadVouched(ctx, c.q, "revisions", "pk")
	if err != nil {
		return err
	}
	n := int64(0)
	return history.EachRevision(ctx, c.q, where, func(row *history.StoredRevision) error {
		if n++; c.fits(n) != nil {
			return c.fits(n)
		}
		c.step(AreaRows)
		if !row.Sound() || !row.Sum.Valid && !vouched.Has(0, row.PK) {
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Table: "revisions", PK: row.PK, Kind: row.Kind, ID: row.ID,
				Detail: "the kept state differs from its checksum", Fix: fixKept})
		}
		return nil
	})
}

// unnotedContents finds revisions that need a content without that being noted.
func (c *checker) unnotedContents(ctx context.Context) error {
	return history.EachLost(ctx, c.q, func(lost history.LostRefs, done, total int64) error {
		for _, sha := range lost.Sums {
			c.found(Problem{Area: AreaRefs, Severity: SeverityWarning, Table: "revision_blobs", PK: lost.Revision,
				Detail: fmt.Sprintf("the kept state %d needs content %s, which is not noted", lost.Revision, sha), Fix: fixRefs})
		}
		return nil
	})
}
