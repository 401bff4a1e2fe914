package check

import (
	"context"
	"errors"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
)

// OriginRepair is the origin of states that a repair has kept.
const (
	OriginRepair = "repair"
	changeRepair = "repair"
)

// Repaired is one row or list that was put right, or would be.
type Repaired struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Table  string `json:"table"`
	Detail string `json:"detail"` // what was wrong
	Done   string `json:"done"`   // what was done about it
}

// fix is a repair that is not done yet.
type fix struct {
	Repaired
	do func(context.Context, *sqlitedb.Tx) error
}

// RepairRows puts rows and lists right that a check complains of, in one
// transaction. Nothing goes: what is not as its checksum says is kept as a
// revision before it is accepted, rows without an owner are kept before they are
// removed. What it cannot repair stays, and a check tells of it again.
func (s *Checks) RepairRows(ctx context.Context, dryRun bool) (done []Repaired, err error) {
	defer sqlitedb.Wrap(&err, "repair the rows of the store in %s", s.dir)
	work := func(ctx context.Context, q *sqlitedb.Tx) error {
		done = nil
		fixes, err := s.planRows(ctx, q)
		if err != nil {
			return err
		}
		facets, err := s.planFacets(ctx, q)
		if err != nil {
			return err
		}
		for _, f := range append(fixes, facets...) {
			if !dryRun {
				err := sqlitedb.Whole(ctx, q, func(ctx context.Context) error { return f.do(ctx, q) })
				if errors.Is(sqlitedb.Classify(err), sqlitedb.ErrCorrupt) {
					f.Done = "left as it is, since it cannot be read: " + err.Error()
				} else if err != nil {
					return fmt.Errorf("%s %q: %w", f.Kind, f.ID, err)
				}
			}
			done = append(done, f.Repaired)
		}
		return nil
	}
	if dryRun {
		err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error { return work(ctx, q) })
	} else {
		err = s.db.Update(history.WithOrigin(ctx, OriginRepair), work)
	}
	return done, err
}
