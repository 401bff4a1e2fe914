package repo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/schema"
)

// OriginRepair is the origin of states that a repair has kept.
const (
	OriginRepair = "repair"
	changeRepair = "repair"
)

// repairs are the areas that can be repaired, in the order in which that is done.
// Each looks for what is wrong and gives the fixes.
var repairs = []struct {
	area string
	plan func(*Store, context.Context, execer) ([]fix, error)
}{
	{AreaRows, (*Store).planRows},
	{AreaRefs, (*Store).planRefs},
}

// RepairAreas are the areas that Repair knows.
func RepairAreas() []string {
	list := make([]string, len(repairs))
	for i, r := range repairs {
		list[i] = r.area
	}
	return list
}

// Repaired is one thing that was put right, or would be.
type Repaired struct {
	Area   string `json:"area"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Table  string `json:"table"`
	Detail string `json:"detail"` // what was wrong
	Done   string `json:"done"`   // what was done about it
}

// fix is a repair that is not done yet.
type fix struct {
	Repaired
	do func(context.Context, execer) error
}

// RepairOptions says what to repair. The zero value repairs everything.
type RepairOptions struct {
	Areas  []string // nil is all
	DryRun bool     // only look
}

// Repair puts right what a check complains of, as far as the store itself knows
// how, in one transaction. Nothing goes: what is not as its checksum says is kept
// as a revision before it is accepted, rows without an owner are kept before they
// are removed. What it cannot repair stays, and a check tells of it again.
func (s *Store) Repair(ctx context.Context, opt RepairOptions) (done []Repaired, err error) {
	defer wrap(&err, "repair the store in %s", s.dir)
	for _, a := range opt.Areas {
		if !slices.Contains(RepairAreas(), a) {
			return nil, &schema.InvalidError{Kind: "repair", Field: "area", Problem: fmt.Sprintf("%q is none of %s", a, strings.Join(RepairAreas(), ", "))}
		}
	}
	work := func(ctx context.Context, q execer) error {
		done = nil
		for _, r := range repairs {
			if len(opt.Areas) > 0 && !slices.Contains(opt.Areas, r.area) {
				continue
			}
			fixes, err := r.plan(s, ctx, q)
			if err != nil {
				return err
			}
			for _, f := range fixes {
				if !opt.DryRun {
					if err := f.do(ctx, q); err != nil {
						return fmt.Errorf("%s %q: %w", f.Kind, f.ID, err)
					}
				}
				f.Area = r.area
				done = append(done, f.Repaired)
			}
		}
		return nil
	}
	if opt.DryRun {
		err = s.read(ctx, func(q execer) error { return work(ctx, q) })
	} else {
		err = s.update(WithOrigin(ctx, OriginRepair), work)
	}
	return done, err
}

// planRefs finds contents that are in the directory and that the database does
// not know.
func (s *Store) planRefs(ctx context.Context, q execer) (fixes []fix, err error) {
	var lost []struct {
		Kind string `db:"kind"`
		ID   string `db:"id"`
		Sum  string `db:"sha256"`
	}
	err = q.sel(ctx, &lost, `SELECT min(kind) AS kind, coalesce(min(id), '') AS id, sha256
FROM v_blob_refs AS v
WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.sha256 = v.sha256)
GROUP BY sha256`)
	if err != nil || s.blobs == nil {
		return nil, err
	}
	for _, l := range lost {
		info, err := s.blobs.Stat(ctx, l.Sum)
		if err != nil {
			continue // it is nowhere: nothing here can bring it back
		}
		f := fix{Repaired: Repaired{Kind: l.Kind, ID: l.ID, Table: "blobs", Detail: "content " + l.Sum + " is not in the table of contents", Done: "added"}}
		f.do = func(ctx context.Context, q execer) error {
			return recordBlobs(ctx, q, s.now(), []blobRow{{Info: info}})
		}
		fixes = append(fixes, f)
	}
	return fixes, nil
}
