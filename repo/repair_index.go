package repo

import (
	"context"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
)

// IndexRepair is what RepairIndex did, or would do.
type IndexRepair struct {
	Records int64 `json:"records"` // that the index was made from
	Wrong   int64 `json:"wrong"`   // problems that a check found in the index that was there
}

// RepairIndex looks at the search index and makes it anew if anything is wrong
// with it, or only its list of words if nothing else is; with dryRun it only looks. Reads go on meanwhile, and writes between two
// batches.
func (s *Store) RepairIndex(ctx context.Context, dryRun bool, progress func(done, total int64)) (done IndexRepair, err error) {
	defer sqlitedb.Wrap(&err, "repair the search index")
	rep, err := s.Check(ctx, CheckOptions{Only: []string{AreaFTS}})
	if err != nil {
		return done, err
	}
	onlyWords := true
	for _, p := range rep.Problems {
		if p.Severity != SeverityNote {
			done.Wrong++
			onlyWords = onlyWords && (p.Table == tableWords || p.Table == tableWordParts)
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
		err = s.FlushIndex(ctx, count)
	case onlyWords:
		if err = s.relistWords(ctx); isIndexDamage(err) {
			err = s.RebuildIndex(ctx, count)
		}
	default:
		err = s.RebuildIndex(ctx, count)
	}
	return done, err
}

// relistWords makes the list of words anew from the texts. A search for parts of
// words looks through the texts until they are listed.
func (s *Store) relistWords(ctx context.Context) error {
	err := s.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return index.ForgetWords(ctx, q) })
	if err != nil {
		return err
	}
	return s.FlushIndex(ctx, nil)
}
