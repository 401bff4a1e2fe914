package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"taskstore/blobs"
)

const (
	sqlTrashNeeded = `SELECT sha256
FROM blob_trash
WHERE sha256 IN (SELECT sha256 FROM v_blob_refs)`
	sqlNoteTrash = `INSERT INTO blob_trash (sha256, size, stored, encoding, added_at, trashed_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO NOTHING`
)

// unsettled is a content of the trash of which the table and the directory say
// different things, or which is needed.
type unsettled struct {
	info blobs.Info
	file bool // the trash has a file of it
}

// settleTrash makes the table of the trash say what is in its directory, as after a
// crash between a move and its transaction, or where a backup of the database was
// put back; and brings back what is needed. It tells how many it brought back.
func (s *Store) settleTrash(ctx context.Context, dryRun bool) (restored int64, err error) {
	if s.blobs == nil {
		return 0, nil
	}
	odd, err := s.unsettled(ctx)
	if err != nil {
		return 0, err
	}
	for sha, u := range odd {
		back := false
		err := s.readOrWrite(ctx, dryRun, func(ctx context.Context, q execer) (err error) {
			back, err = s.settleOne(ctx, q, u, dryRun)
			return err
		})
		if err != nil {
			return restored, fmt.Errorf("content %s of the trash: %w", sha, err)
		}
		if back {
			restored++
		}
	}
	return restored, nil
}

func (s *Store) readOrWrite(ctx context.Context, reads bool, fn func(context.Context, execer) error) error {
	if reads {
		return s.read(ctx, func(q execer) error { return fn(ctx, q) })
	}
	return s.write(ctx, fn)
}

// unsettled finds files without a row, rows without a file, and what is needed.
func (s *Store) unsettled(ctx context.Context) (map[string]unsettled, error) {
	var rows, needed []string
	err := s.read(ctx, func(q execer) error {
		return errors.Join(q.sel(ctx, &rows, "SELECT sha256 FROM blob_trash"), q.sel(ctx, &needed, sqlTrashNeeded))
	})
	if err != nil {
		return nil, err
	}
	odd := make(map[string]unsettled, len(rows))
	for _, sha := range rows {
		odd[sha] = unsettled{info: blobs.Info{SHA256: sha}}
	}
	files := map[string]bool{}
	for info, err := range s.blobs.Trashed(ctx) {
		if info.SHA256 == "" {
			if foreign := (*blobs.ForeignError)(nil); errors.As(err, &foreign) {
				continue
			}
			return nil, contentError(err)
		}
		files[info.SHA256] = true
		if _, known := odd[info.SHA256]; known {
			delete(odd, info.SHA256)
			continue
		}
		odd[info.SHA256] = unsettled{info, true}
	}
	for _, sha := range needed {
		odd[sha] = unsettled{blobs.Info{SHA256: sha}, files[sha]}
	}
	return odd, nil
}

// settleOne puts one content where it belongs, within a transaction. It tells
// whether it brought the content back.
func (s *Store) settleOne(ctx context.Context, q execer, u unsettled, dryRun bool) (back bool, err error) {
	needed, err := referenced(ctx, q, u.info.SHA256)
	if err != nil || dryRun {
		return needed && u.file, err
	}
	there, err := s.blobs.Has(u.info.SHA256)
	if err != nil {
		return false, contentError(err)
	}
	if !there && !needed && u.file {
		return false, s.noteTrash(ctx, q, u.info)
	}
	_, err = s.blobs.Restore(ctx, u.info.SHA256)
	err = contentError(err)
	switch {
	case err == nil:
		return !there, untrash(ctx, q, u.info.SHA256)
	case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrCorrupt):
		return false, err
	case there || needed: // it is gone or damaged, which a check then says
		return false, untrash(ctx, q, u.info.SHA256)
	}
	return false, forget(ctx, q, u.info.SHA256, sqlNotInTrash)
}

// noteTrash writes a row for a file in the trash.
func (s *Store) noteTrash(ctx context.Context, q execer, info blobs.Info) error {
	var known string
	err := q.get(ctx, &known, "SELECT sha256 FROM blobs WHERE sha256 = ?", info.SHA256)
	if err == nil {
		return toTrash(ctx, q, info.SHA256, s.now())
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	now := string(s.now())
	_, err = q.exec(ctx, sqlNoteTrash, info.SHA256, max(info.Size, 0), info.Stored, info.Encoding, now, now)
	return err
}
