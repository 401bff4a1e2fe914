package contents

import (
	"cmp"
	"context"
	"slices"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// TrashedContent is a content in the trash.
type Trashed struct {
	SHA256    string      `json:"sha256"`
	Size      int64       `json:"size"`   // of the plain bytes; -1: it is damaged
	Stored    int64       `json:"stored"` // on disk
	Encoding  string      `json:"encoding"`
	TrashedAt schema.Time `json:"trashed_at"` // "": unknown until the next collection
}

// Trash lists what is in the trash, the latest first.
func (s *Handle) Trash(ctx context.Context) (list []Trashed, err error) {
	defer sqlitedb.Wrap(&err, "list the trash of contents")
	files, err := s.TrashFiles(ctx)
	if err != nil {
		return nil, err
	}
	since, err := s.idleSince(ctx)
	for _, info := range files {
		list = append(list, Trashed{info.SHA256, info.Size, info.Stored, info.Encoding, since[info.SHA256]})
	}
	slices.SortFunc(list, func(a, b Trashed) int {
		return cmp.Or(cmp.Compare(b.TrashedAt, a.TrashedAt), cmp.Compare(a.SHA256, b.SHA256))
	})
	return list, err
}

// idleSince tells since when nothing has needed contents.
func (s *Handle) idleSince(ctx context.Context) (map[string]schema.Time, error) {
	var list []idle
	err := s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, "SELECT sha256, since\nFROM blob_idle")
	})
	since := make(map[string]schema.Time, len(list))
	for _, i := range list {
		since[i.SHA256] = i.Since
	}
	return since, err
}

// Restore brings contents back from the trash, all or none. One that
// nothing needs gets the whole grace period again. One that is not in the trash:
// ErrNotFound.
func (s *Handle) Restore(ctx context.Context, sums ...string) (err error) {
	defer sqlitedb.Wrap(&err, "restore %d contents from the trash", len(sums))
	if s.readOnly {
		return sqlitedb.ErrReadOnly
	}
	return s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, sha := range sums {
			if err := s.restoreOne(ctx, q, sha); err != nil {
				sqlitedb.Wrap(&err, "content %s", sha)
				return err
			}
		}
		return nil
	})
}

func (s *Handle) restoreOne(ctx context.Context, q *sqlitedb.Tx, sha string) error {
	info, err := s.blobs.Restore(ctx, sha)
	if err != nil {
		return Error(err)
	}
	return recordBlob(ctx, q, s.now(), Needed{Info: info, Dir: s.blobs})
}

// EmptyOptions says what to remove from the trash.
type EmptyOptions struct {
	// Older takes only what has been in the trash for so long; 0 takes all.
	Older time.Duration
	// DryRun changes nothing.
	DryRun bool
	// Progress, if set, is told how many contents were looked at.
	Progress func(done, total int64)
}

// EmptyReport is what emptying the trash did, or with DryRun would do.
type EmptyReport struct {
	Removed  Tally `json:"removed"`
	Kept     Tally `json:"kept"`     // a kept backup names them
	Waiting  Tally `json:"waiting"`  // not in the trash for long enough
	Restored int64 `json:"restored"` // were needed again
}

// EmptyTrash ends contents for good. What is needed again by now is restored
// instead, and what a kept backup names stays in the trash.
func (s *Handle) EmptyTrash(ctx context.Context, opt EmptyOptions) (rep EmptyReport, err error) {
	defer sqlitedb.Wrap(&err, "empty the trash of contents")
	if s.readOnly && !opt.DryRun {
		return rep, sqlitedb.ErrReadOnly
	}
	err = s.besideBackups(ctx, opt.DryRun, func() error {
		rep, err = s.emptyTrash(ctx, opt)
		return err
	})
	return rep, err
}

func (s *Handle) emptyTrash(ctx context.Context, opt EmptyOptions) (rep EmptyReport, err error) {
	kept, err := s.keptByBackups(ctx)
	if err != nil {
		return rep, err
	}
	if rep.Restored, err = s.reconcileTrash(ctx, opt.DryRun); err != nil {
		return rep, err
	}
	list, err := s.Trash(ctx)
	if err != nil {
		return rep, err
	}
	due := schema.TimeOf(s.clock().Add(-opt.Older))
	var todo []Trashed
	for _, t := range list {
		switch {
		case kept[t.SHA256]:
			rep.Kept.add(t.Stored)
		case opt.Older > 0 && (t.TrashedAt == "" || t.TrashedAt > due):
			rep.Waiting.add(t.Stored)
		default:
			todo = append(todo, t)
		}
	}
	return rep, s.removeTrashed(ctx, todo, opt, &rep)
}

func (s *Handle) removeTrashed(ctx context.Context, todo []Trashed, opt EmptyOptions, rep *EmptyReport) error {
	for done := 0; done < len(todo); done += collectBatch {
		batch := todo[done:min(done+collectBatch, len(todo))]
		removed := batch
		if !opt.DryRun {
			var err error
			if removed, err = s.purgeBatch(ctx, batch); err != nil {
				return err
			}
		}
		for _, t := range removed {
			rep.Removed.add(t.Stored)
		}
		if opt.Progress != nil {
			opt.Progress(int64(done+len(batch)), int64(len(todo)))
		}
	}
	return nil
}

// purgeBatch removes a few contents of the trash that nothing needs. The files go
// within the transaction; if that fails afterwards the next look at the trash forgets since
// when they were there.
func (s *Handle) purgeBatch(ctx context.Context, list []Trashed) (removed []Trashed, err error) {
	err = s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		removed = nil
		var sums []string
		for _, t := range list {
			is, err := referenced(ctx, q, t.SHA256)
			if err != nil {
				return err
			}
			if is {
				err = s.restoreOne(ctx, q, t.SHA256)
			} else {
				removed, sums = append(removed, t), append(sums, t.SHA256)
				err = forget(ctx, q, t.SHA256, sqlNotIdle)
			}
			if err != nil {
				return err
			}
		}
		return Error(s.blobs.Purge(ctx, sums...))
	})
	return removed, err
}
