package contents

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// TrashFiles gives what is in the directory of the trash, by hash. Of a damaged file the
// size is not known.
func (s *Handle) TrashFiles(ctx context.Context) (map[string]blobs.Info, error) {
	files := map[string]blobs.Info{}
	if s.blobs == nil {
		return files, nil
	}
	for info, err := range s.blobs.Trashed(ctx) {
		if info.SHA256 == "" {
			if foreign := (*blobs.ForeignError)(nil); errors.As(err, &foreign) {
				continue
			}
			return nil, Error(err)
		}
		files[info.SHA256] = info
	}
	return files, nil
}

// TrashTally counts what is in the trash.
func (s *Handle) TrashTally(ctx context.Context) (t Tally, err error) {
	files, err := s.TrashFiles(ctx)
	for _, info := range files {
		t.add(info.Stored)
	}
	return t, err
}

// reconcileTrash brings back what is in the trash and needed, and ends what was left half
// done: by a crash between a move and its transaction, or by a backup of the database that
// was put back. It tells how many contents it brought back.
func (s *Handle) reconcileTrash(ctx context.Context, dryRun bool) (restored int64, err error) {
	odd, err := s.oddTrash(ctx)
	if err != nil {
		return 0, err
	}
	for _, o := range odd {
		back := false
		err := s.readOrWrite(ctx, dryRun, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			back, err = s.reconcileOne(ctx, q, o, dryRun)
			return err
		})
		if err != nil {
			return restored, fmt.Errorf("content %s of the trash: %w", o.SHA256, err)
		}
		if back {
			restored++
		}
	}
	return restored, nil
}

func (s *Handle) readOrWrite(ctx context.Context, reads bool, fn func(context.Context, *sqlitedb.Tx) error) error {
	if reads {
		return s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error { return fn(ctx, q) })
	}
	return s.db.Do(ctx, fn)
}

// oddTrash is a content of which the directory of the trash and the database say different
// things, or one in the trash that is needed.
type oddTrash struct {
	SHA256 string `db:"sha256"`
	File   bool   `db:"file"` // the trash has it
}

const sqlOddTrash = `WITH files AS (
    SELECT value AS sha256 FROM json_each(?)
), noted AS (
    SELECT sha256 FROM blob_idle WHERE sha256 NOT IN (SELECT sha256 FROM blobs)
)
SELECT sha256, 1 AS file FROM files WHERE sha256 NOT IN (SELECT sha256 FROM noted) OR sha256 IN (SELECT sha256 FROM v_blob_refs)
UNION ALL
SELECT sha256, 0 FROM noted WHERE sha256 NOT IN (SELECT sha256 FROM files)`

func (s *Handle) oddTrash(ctx context.Context) (odd []oddTrash, err error) {
	files, err := s.TrashFiles(ctx)
	if err != nil {
		return nil, err
	}
	sums := rows.JSONList(slices.AppendSeq([]string{}, maps.Keys(files)))
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error { return q.Select(ctx, &odd, sqlOddTrash, sums) })
	return odd, err
}

// reconcileOne puts one content where it belongs, within a transaction. It tells whether
// it brought the content back.
func (s *Handle) reconcileOne(ctx context.Context, q *sqlitedb.Tx, o oddTrash, dryRun bool) (back bool, err error) {
	needed, err := referenced(ctx, q, o.SHA256)
	if err != nil || dryRun {
		return needed && o.File, err
	}
	there, err := s.blobs.Has(o.SHA256)
	if err != nil {
		return false, Error(err)
	}
	if o.File && !there && !needed {
		return false, toTrash(ctx, q, o.SHA256, s.now())
	}
	info, err := s.blobs.Restore(ctx, o.SHA256)
	err = Error(err)
	switch {
	case err == nil:
		return !there, recordBlob(ctx, q, s.now(), Needed{Info: info, Dir: s.blobs})
	case !errors.Is(err, rows.ErrNotFound) && !errors.Is(err, sqlitedb.ErrCorrupt):
		return false, err
	}
	return false, forget(ctx, q, o.SHA256, sqlNotIdle) // it is gone or damaged; if it is needed a check says so
}
