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
		p := Problem{Area: AreaRows, Severity: SeverityError, Table: tableRevisions, PK: row.PK, Kind: row.Kind, ID: row.ID,
			Detail: fmt.Sprintf("revision %d, as it is kept, differs from its checksum", row.Rev), Fix: FixRows}
		switch {
		case row.Left.Valid:
			p.Severity, p.Fix = SeverityNote, "nothing: no backup had it when it was found so"
			p.Detail = fmt.Sprintf("revision %d, as it is kept, is damaged, as was found at %s", row.Rev, row.Left.String)
			c.found(p)
		case !row.Sound(), !row.Sum.Valid && !vouched.Has(0, row.PK):
			c.found(p)
		}
		return nil
	})
}

// vanished finds records that are gone although nobody has removed them, and of which
// revisions are kept.
func (c *checker) vanished(ctx context.Context) error {
	for _, r := range rows.Relations {
		gone, err := history.VanishedOf(ctx, c.q, r)
		if err != nil {
			return err
		}
		for _, v := range gone {
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Table: r.Name, Kind: r.Kind, ID: v.ID, PK: v.PK, Fix: FixRows,
				Detail: fmt.Sprintf("the record is gone, and nobody has removed it; revision %s of it is kept", v.Name)})
		}
	}
	return nil
}

// The tables of the history.
const (
	tableRevisions = "revisions"
	tableCounts    = "revision_counts"
)

// counts finds the records of which revisions are gone as whole rows.
func (c *checker) counts(ctx context.Context) error {
	list, err := history.Miscounts(ctx, c.q)
	for _, m := range list {
		p := Problem{Area: AreaRows, Severity: SeverityError, Table: tableCounts, Kind: m.Kind, ID: m.ID, Fix: FixRows,
			Detail: fmt.Sprintf("%d revisions are gone: %d were kept, and %d are there", m.Kept-m.Is, m.Kept, m.Is)}
		if m.Is > m.Kept {
			p.Severity = SeverityWarning
			p.Detail = fmt.Sprintf("%d revisions are there, and %d were kept", m.Is, m.Kept)
		}
		c.found(p)
	}
	return err
}

// unnotedContents finds revisions that need a content without that being noted.
func (c *checker) unnotedContents(ctx context.Context) error {
	return history.EachLost(ctx, c.q, func(lost history.LostRefs, done, total int64) error {
		for _, sha := range lost.Sums {
			c.found(Problem{Area: AreaRefs, Severity: SeverityWarning, Table: "revision_blobs", PK: lost.Revision,
				Detail: fmt.Sprintf("the revision in row %d needs content %s, which is not noted", lost.Revision, sha), Fix: fixRefs})
		}
		return nil
	})
}
