package repo

import (
	"context"
	"errors"
	"os"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
	"taskstore/repo/measure"
)

func (s *Store) checks() *check.Checks {
	return check.New(s.db, s.dir, s.blobs, s.Contents.Handle, s.Backups(), s.opt.Now)
}

// Check looks for damage, on one snapshot, and changes nothing. What it finds is
// in the report; an error says that it could not look. On a store opened with
// Untouched not a byte of the files changes.
func (s *Store) Check(ctx context.Context, opt check.Options) (check.Report, error) {
	return s.checks().Check(ctx, opt)
}

// RepairRows puts rows and lists right that a check complains of, in one
// transaction. Nothing goes: what is not as its checksum says is kept as a
// revision before it is accepted, rows without an owner are kept before they are
// removed. What it cannot repair stays, and a check tells of it again. With dryRun
// it only tells what it would do.
func (s *Store) RepairRows(ctx context.Context, dryRun bool) ([]check.Repaired, error) {
	return s.checks().RepairRows(ctx, dryRun)
}

// Compacted says what an upkeep of the database file did.
type Compacted struct {
	Before int64 `json:"before_bytes"` // the file and its log
	After  int64 `json:"after_bytes"`
	// Log is what the log still holds: somebody reads an older state. 0 is none.
	Log int64 `json:"log_bytes"`
}

// Optimize takes words of texts that are gone out of the search index, for which it writes
// that anew if it is in more than one piece; lets SQLite bring what it knows for planning up
// to date; and moves the log into the file. Others read and write meanwhile. Backups made
// from then on hold nothing of what was purged before.
func (s *Store) Optimize(ctx context.Context) (c Compacted, err error) {
	defer sqlitedb.Wrap(&err, "optimize the store in %s", s.dir)
	return s.upkeep(ctx, "PRAGMA analysis_limit = 1000", "PRAGMA optimize = 0x10002")
}

// Vacuum writes the database file anew, without free pages, after what Optimize does with
// the search index: then no byte of what was purged is in the file, nor in its log unless
// that could not be emptied (Compacted.Log). It needs as much space again as the file takes,
// and writers wait meanwhile. A failure leaves the file as it was.
func (s *Store) Vacuum(ctx context.Context) (c Compacted, err error) {
	defer sqlitedb.Wrap(&err, "vacuum the store in %s", s.dir)
	return s.upkeep(ctx, "VACUUM")
}

// Reclaimable is how many bytes of the file a vacuum would give back, at least.
func (s *Store) Reclaimable(ctx context.Context) (n int64, err error) {
	defer sqlitedb.Wrap(&err, "look for free pages")
	err = s.read(ctx, func(q *sqlitedb.Tx) error {
		var size, free int64
		err := errors.Join(q.Get(ctx, &size, "PRAGMA page_size"), q.Get(ctx, &free, "PRAGMA freelist_count"))
		n = size * free
		return err
	})
	return n, err
}

// upkeep empties the index of what is gone, then runs statements that cannot be in a
// transaction, on a connection of their own, and empties the log.
func (s *Store) upkeep(ctx context.Context, statements ...string) (c Compacted, err error) {
	c.Before = s.fileBytes()
	if err := s.Index.Erase(ctx); err != nil {
		return c, err
	}
	if err := s.write(ctx, forgetSamples); err != nil {
		return c, err
	}
	if err := s.db.Maintain(ctx, statements...); err != nil {
		return c, err
	}
	if err := s.db.EmptyLog(ctx); err != nil {
		return c, err
	}
	c.After, c.Log = s.fileBytes(), sizeOf(s.Path()+"-wal")
	return c, nil
}

// forgetSamples removes the samples of texts that an ANALYZE of another tool has left for
// planning: they are those of records that may be gone. This program makes none.
func forgetSamples(ctx context.Context, q *sqlitedb.Tx) error {
	var there bool
	err := q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat4')")
	if err == nil && there {
		_, err = q.Exec(ctx, "DELETE FROM sqlite_stat4")
	}
	return err
}

func (s *Store) fileBytes() int64 { return sizeOf(s.Path()) + sizeOf(s.Path()+"-wal") }

func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Status counts what the store holds.
func (s *Store) Status(ctx context.Context) (st measure.Status, err error) {
	defer sqlitedb.Wrap(&err, "read the status of %s", s.dir)
	err = s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		st, err = measure.ReadStatus(ctx, q)
		return err
	})
	st.Dir = s.dir
	if err != nil {
		return st, err
	}
	if st.TrashedBlobs, err = s.Contents.TrashTally(ctx); err != nil {
		return st, err
	}
	st.DBBytes, st.WALBytes = sizeOf(s.Path()), sizeOf(s.Path()+"-wal")
	st.Reading, st.LogReaders = s.db.Reading(), sqlitedb.LogReaders(s.Path())
	return st, nil
}

// Stats measures the store, on one snapshot. It reads every page's header.
func (s *Store) Stats(ctx context.Context) (st measure.Stats, err error) {
	defer sqlitedb.Wrap(&err, "measure the store in %s", s.dir)
	err = s.read(ctx, func(q *sqlitedb.Tx) (err error) {
		st, err = measure.ReadStats(ctx, q)
		return err
	})
	return st, err
}
