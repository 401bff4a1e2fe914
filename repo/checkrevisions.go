package repo

import (
	"context"
	"fmt"
)

// revisions compares the checksum of every revision with its row.
func (c *checker) revisions(ctx context.Context) error {
	return eachRevision(ctx, c.q, "", func(row *storedRevision) error {
		c.step(AreaRows, 0)
		if !row.sound() {
			c.found(Problem{Area: AreaRows, Severity: SeverityError, Table: "revisions", PK: row.PK, Kind: row.Kind, ID: row.ID,
				Detail: "the kept state differs from its checksum", Fix: fixKept})
		}
		return nil
	})
}

// unnotedContents finds revisions that need a content without that being noted.
func (c *checker) unnotedContents(ctx context.Context) error {
	if c.opt.Quick {
		return nil
	}
	return eachLost(ctx, c.q, func(lost lostRefs, done, total int64) error {
		for _, sha := range lost.sums {
			c.found(Problem{Area: AreaRefs, Severity: SeverityWarning, Table: "revision_blobs", PK: lost.revision,
				Detail: fmt.Sprintf("the kept state %d needs content %s, which is not noted", lost.revision, sha), Fix: fixRefs})
		}
		return nil
	})
}
