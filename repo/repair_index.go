package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/search"
)

// Index is the search index: see the type that is embedded.
type Index struct {
	*search.Index
	s *Store
}

// IndexRepair is what Index.Repair did, or would do.
type IndexRepair struct {
	Records int64 `json:"records"` // that the index was made from
	Wrong   int64 `json:"wrong"`   // problems that a check found in the index that was there
}

// Repair looks at the search index and makes it anew if anything is wrong
// with it, or only its list of words if nothing else is; with dryRun it only looks. Reads go on meanwhile, and writes between two
// batches.
func (x Index) Repair(ctx context.Context, dryRun bool, progress func(done, total int64)) (done IndexRepair, err error) {
	defer sqlitedb.Wrap(&err, "repair the search index")
	rep, err := x.s.Check(ctx, check.Options{Only: []string{check.AreaFTS}})
	if err != nil {
		return done, err
	}
	onlyWords := true
	for _, p := range rep.Problems {
		if p.Severity != check.SeverityNote {
			done.Wrong++
			onlyWords = onlyWords && (p.Table == check.TableWords || p.Table == check.TableWordParts)
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
	switch {
	case done.Wrong == 0:
		err = x.Flush(ctx, count)
	case onlyWords:
		if err = x.RelistWords(ctx); search.IsIndexDamage(err) {
			err = x.Rebuild(ctx, count)
		}
	default:
		err = x.Rebuild(ctx, count)
	}
	return done, err
}
