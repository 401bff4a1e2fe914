package contents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"taskstore/backup"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Contents that nothing needs are collected in steps, each of which can be undone
// until the last: the first collection that finds a content without a reference
// notes when; one after the grace period moves it to the trash, from where a
// restore, a reference or a put of the same content brings it back; emptying the
// trash ends it.
//
// What is needed is decided inside the transaction that also moves the files.
// Every save looks inside its own transaction whether the contents that it names
// are there (recordBlobs). There is one writer at a time, in whatever process, so
// no save can come between the decision and the move.

// collectBatch is how many contents are moved in one transaction: others who
// write wait for it.
const collectBatch = 64

// CollectOptions says what to collect.
type CollectOptions struct {
	// Grace is how long a content must have been without a reference; 0 takes all.
	Grace time.Duration
	// DryRun changes nothing.
	DryRun bool
	// Progress, if set, is told how many contents were looked at.
	Progress func(done, total int64)
}

// Tally is a number of contents and their bytes on disk.
type Tally struct {
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
}

func (t *Tally) add(bytes int64) { t.Count++; t.Bytes += bytes }

// CollectReport is what a collection did, or with DryRun would do.
type CollectReport struct {
	Unreferenced Tally `json:"unreferenced"` // nothing in the store needs them
	Kept         Tally `json:"kept"`         // of these: a kept backup does
	Waiting      Tally `json:"waiting"`      // of these: not for long enough
	Trashed      Tally `json:"trashed"`      // of these: went to the trash
	Restored     int64 `json:"restored"`     // were in the trash and are needed again
}

// idle is a content that nothing in the store refers to.
type idle struct {
	SHA256 string      `db:"sha256"`
	Stored int64       `db:"stored"`
	Since  schema.Time `db:"since"` // "" if no collection has seen it so
}

const (
	sqlIdle = `SELECT b.sha256, b.stored, coalesce(i.since, '') AS since
FROM blobs AS b
LEFT JOIN blob_idle AS i ON i.sha256 = b.sha256
WHERE b.sha256 NOT IN (SELECT sha256 FROM v_blob_refs)
ORDER BY b.sha256`
	sqlNoLongerIdle = `SELECT sha256
FROM blob_idle
WHERE sha256 IN (SELECT sha256 FROM v_blob_refs)`
	sqlNoteIdle = `INSERT INTO blob_idle (sha256, since)
VALUES (?, ?)
ON CONFLICT (sha256) DO NOTHING`
	sqlNoteTrash = `INSERT INTO blob_idle (sha256, since)
VALUES (?, ?)
ON CONFLICT (sha256) DO UPDATE SET since = excluded.since`
	sqlNotKnown = "DELETE FROM blobs\nWHERE sha256 = ?"
)

// Collect moves contents to the trash that nothing has needed for the grace period:
// no record, live or in the trash, no kept state, nothing that an import set aside,
// and no kept backup. It begins by bringing back what is in the trash and needed.
func (s *Handle) Collect(ctx context.Context, opt CollectOptions) (rep CollectReport, err error) {
	defer sqlitedb.Wrap(&err, "collect contents that nothing needs")
	if s.readOnly && !opt.DryRun {
		return rep, sqlitedb.ErrReadOnly
	}
	err = s.besideBackups(ctx, opt.DryRun, func() error {
		rep, err = s.collect(ctx, opt)
		return err
	})
	return rep, err
}

// besideBackups runs fn while no backup is on its way: one that began before might
// name what is being removed, and is not seen before it is whole. A dry run waits
// for nobody.
func (s *Handle) besideBackups(ctx context.Context, dryRun bool, fn func() error) error {
	if dryRun {
		return fn()
	}
	return s.hold(ctx, fn)
}

// hold keeps backups from beginning while fn runs. Of a store that was moved while it is open
// nothing is touched: what is in its place belongs to another.
func (s *Handle) hold(ctx context.Context, fn func() error) error {
	if err := s.db.Moved(); err != nil {
		return err
	}
	return s.backups.Hold(ctx, fn)
}

func (s *Handle) collect(ctx context.Context, opt CollectOptions) (rep CollectReport, err error) {
	kept, err := s.keptByBackups(ctx)
	if err != nil {
		return rep, err
	}
	if rep.Restored, err = s.reconcileTrash(ctx, opt.DryRun); err != nil {
		return rep, err
	}
	var list []idle
	var stale []string
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return errors.Join(q.Select(ctx, &list, sqlIdle), q.Select(ctx, &stale, sqlNoLongerIdle))
	})
	if err != nil {
		return rep, err
	}
	now := s.clock()
	c := &collector{s: s, now: schema.TimeOf(now), due: schema.TimeOf(now.Add(-opt.Grace)), all: opt.Grace <= 0}
	list = c.sort(list, kept, &rep)
	if opt.DryRun {
		return rep, nil
	}
	rep.Trashed = Tally{}
	return rep, c.run(ctx, list, stale, &rep, opt.Progress)
}

// keptByBackups are the contents that kept backups name.
func (s *Handle) keptByBackups(ctx context.Context) (map[string]bool, error) {
	kept := map[string]bool{}
	for sha, err := range backup.Contents(ctx, s.backupsDir) {
		if err != nil {
			return nil, fmt.Errorf("find out what the kept backups need: %w", err)
		}
		kept[sha] = true
	}
	return kept, nil
}

// collector is a collection at work.
type collector struct {
	s        *Handle
	now, due schema.Time
	all      bool // without a grace period
}

func (c *collector) isDue(i idle) bool {
	return c.all || i.Since != "" && i.Since <= c.due
}

// sort counts contents by what becomes of them and gives those of which something
// does: those that are due, and those that are seen without a reference for the
// first time.
func (c *collector) sort(list []idle, kept map[string]bool, rep *CollectReport) (todo []idle) {
	for _, i := range list {
		rep.Unreferenced.add(i.Stored)
		switch {
		case kept[i.SHA256]:
			rep.Kept.add(i.Stored)
		case c.isDue(i):
			rep.Trashed.add(i.Stored)
			todo = append(todo, i)
		default:
			rep.Waiting.add(i.Stored)
			if i.Since == "" {
				todo = append(todo, i)
			}
		}
	}
	return todo
}

// run works through the contents in transactions of a few each.
func (c *collector) run(ctx context.Context, todo []idle, stale []string, rep *CollectReport, progress func(done, total int64)) error {
	err := c.s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, sha := range stale {
			if err := forget(ctx, q, sha, sqlNotIdle); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for done := 0; done < len(todo); done += collectBatch {
		batch := todo[done:min(done+collectBatch, len(todo))]
		trashed, err := c.batch(ctx, batch)
		if err != nil {
			return err
		}
		for _, i := range trashed {
			rep.Trashed.add(i.Stored)
		}
		if progress != nil {
			progress(int64(done+len(batch)), int64(len(todo)))
		}
	}
	return nil
}

// batch decides about a few contents and moves them. If its transaction fails the
// files come back.
func (c *collector) batch(ctx context.Context, list []idle) (trashed []idle, err error) {
	var sums []string
	err = c.s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		trashed, sums = nil, nil
		for _, i := range list {
			is, err := referenced(ctx, q, i.SHA256)
			if err != nil {
				return err
			}
			switch {
			case is:
				err = forget(ctx, q, i.SHA256, sqlNotIdle)
			case c.isDue(i):
				trashed, sums = append(trashed, i), append(sums, i.SHA256)
				err = toTrash(ctx, q, i.SHA256, c.now)
			default:
				_, err = q.Exec(ctx, sqlNoteIdle, i.SHA256, string(c.now))
			}
			if err != nil {
				return err
			}
		}
		return Error(c.s.blobs.Trash(ctx, sums...))
	})
	if err != nil {
		return nil, errors.Join(err, c.s.bringBack(context.WithoutCancel(ctx), sums))
	}
	return trashed, nil
}

// toTrash makes the database say that a content is in the trash: since when, and nothing
// else, because the directory of the trash says what is in it.
func toTrash(ctx context.Context, q *sqlitedb.Tx, sha string, now schema.Time) error {
	if _, err := q.Exec(ctx, sqlNoteTrash, sha, string(now)); err != nil {
		return err
	}
	return forget(ctx, q, sha, sqlNotKnown, sqlNoProblem)
}

// bringBack undoes the moves of a transaction that failed. What is not in the trash
// needs nothing, and what cannot be brought back now is by the next collection.
func (s *Handle) bringBack(ctx context.Context, sums []string) error {
	for _, sha := range sums {
		if _, err := s.blobs.Restore(ctx, sha); err != nil && !errors.Is(Error(err), rows.ErrNotFound) {
			return err
		}
	}
	return nil
}
