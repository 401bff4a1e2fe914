package repo

import "context"

// IndexRepair is what RepairIndex did, or would do.
type IndexRepair struct {
	Records int64 `json:"records"` // that the index was made from
	Wrong   int64 `json:"wrong"`   // problems that a check found in the index that was there
}

// RepairIndex looks at the search index and makes it anew if anything is wrong
// with it; with dryRun it only looks. Reads go on meanwhile, and writes between two
// batches.
func (s *Store) RepairIndex(ctx context.Context, dryRun bool, progress func(done, total int64)) (done IndexRepair, err error) {
	defer wrap(&err, "repair the search index")
	rep, err := s.Check(ctx, CheckOptions{Only: []string{AreaFTS}})
	if err != nil {
		return done, err
	}
	for _, p := range rep.Problems {
		if p.Severity != SeverityNote {
			done.Wrong++
		}
	}
	if dryRun {
		return done, nil
	}
	count := func(n, total int64) {
		done.Records = n
		if progress != nil {
			progress(n, total)
		}
	}
	if done.Wrong == 0 {
		return done, s.FlushIndex(ctx, count)
	}
	return done, s.RebuildIndex(ctx, count)
}
