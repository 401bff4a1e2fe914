package repo

import (
	"context"
	"errors"
	"os"

	"taskstore/internal/sqlitedb"
)

// Compacted says what an upkeep of the database file did.
type Compacted struct {
	Before int64 `json:"before_bytes"` // the file and its log
	After  int64 `json:"after_bytes"`
}

// Optimize lets SQLite bring what it knows for planning up to date, and moves the
// log into the file as far as no reader needs it. It is safe at any time, and
// quick.
func (s *Store) Optimize(ctx context.Context) (c Compacted, err error) {
	defer sqlitedb.Wrap(&err, "optimize the store in %s", s.dir)
	return s.upkeep(ctx, "PRAGMA analysis_limit = 1000", "PRAGMA optimize = 0x10002", "PRAGMA wal_checkpoint(PASSIVE)")
}

// Vacuum writes the database file anew, without free pages. It needs as much
// space again as the file takes, and writers wait meanwhile. A failure leaves the
// file as it was.
func (s *Store) Vacuum(ctx context.Context) (c Compacted, err error) {
	defer sqlitedb.Wrap(&err, "vacuum the store in %s", s.dir)
	return s.upkeep(ctx, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
}

// Reclaimable is how many bytes of the file a vacuum would give back, at least.
func (s *Store) Reclaimable(ctx context.Context) (n int64, err error) {
	defer sqlitedb.Wrap(&err, "look for free pages")
	err = s.Read(ctx, func(q *sqlitedb.Tx) error {
		var size, free int64
		err := errors.Join(q.Get(ctx, &size, "PRAGMA page_size"), q.Get(ctx, &free, "PRAGMA freelist_count"))
		n = size * free
		return err
	})
	return n, err
}

// upkeep runs statements that cannot be in a transaction, on a connection of
// their own.
func (s *Store) upkeep(ctx context.Context, statements ...string) (c Compacted, err error) {
	c.Before = s.fileBytes()
	if err := s.db.Maintain(ctx, statements...); err != nil {
		return c, err
	}
	c.After = s.fileBytes()
	return c, nil
}

func (s *Store) fileBytes() (n int64) {
	for _, file := range []string{s.Path(), s.Path() + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}
