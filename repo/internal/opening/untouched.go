package opening

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
)

// errMoving: whoever had the store open is closing it, or begins to open it.
var errMoving = errors.New("the store is being opened or closed")

// openUntouched opens the readers so that no file of the store changes. How they must
// be opened depends on whether others have it open, which may change at any moment:
// then it is looked at again.
func (s *opening) openUntouched(ctx context.Context) error {
	for end := time.Now().Add(s.opt.Busy); ; time.Sleep(untouchedPoll) {
		err := s.tryUntouched(ctx, time.Now().Before(end))
		moving := errors.Is(err, errMoving) || errors.Is(err, sqlitedb.ErrLocked)
		if err == nil || !moving || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
	}
}

const untouchedPoll = 10 * time.Millisecond

func (s *opening) tryUntouched(ctx context.Context, strict bool) error {
	file, opt, cleanup, err := Inspect(ctx, s.Path(), func() (string, error) { return durable.TempDir("", "taskstore-*") })
	if err != nil {
		return err
	}
	live := opt.URI.Has("readonly_shm")
	if !live && strict && s.opt.Untouched && !s.alone {
		// Nobody has the database open, but somebody the store, who may begin to write.
		if err := s.excludeOthers(ctx); err != nil {
			return errors.Join(err, cleanup())
		}
	}
	release := s.release
	s.release = func() error { return errors.Join(cleanup(), release()) }
	if err = s.openDB(ctx, file, opt); err == nil {
		return nil
	}
	s.release = release
	err = errors.Join(err, cleanup())
	if live && errors.Is(sqlitedb.Classify(err), sqlitedb.ErrReadOnly) {
		// The last one has closed it since, or another one has just begun to open it: what they share
		// in -shm is gone, or not made yet, and who only reads can make neither.
		err = errors.Join(errMoving, err)
	}
	return err
}

// excludeOthers takes the lock of the directory alone instead of together with others.
func (s *opening) excludeOthers(ctx context.Context) error {
	if err := s.release(); err != nil {
		return err
	}
	s.release = func() error { return nil }
	release, err := durable.Lock(ctx, filepath.Join(s.dir, lockName), durable.Exclusive, 0)
	if err == nil {
		s.release, s.alone = release, true
		return nil
	}
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		return nil // nobody can write there
	}
	if !errors.Is(err, durable.ErrLocked) {
		return err
	}
	if release, err = Lock(ctx, s.dir, s.opt.Busy, durable.Shared); err != nil {
		return err
	}
	s.release = release
	return errMoving
}
