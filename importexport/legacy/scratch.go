package legacy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/repo"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// scratch is the directory of one import for what it stages and unpacks, which takes about
// as much room as the source. Whoever works in it holds the lock in it, which ends with the
// process, so that what a killed import leaves can be told from one that is at work.
type scratch struct {
	dir  string
	base string
	free func() error // gives the lock back
}

const (
	scratchPlace  = "scratch" // in the store's directory
	scratchPrefix = "taskstore-import-"
	scratchLock   = "lock"
	turnLock      = "turn.lock" // beside the directories: held by the import that stores
	turnPoll      = 100 * time.Millisecond
)

// scratchBase is where an import works: on the store's own disk, since that must have
// room anyway. What stores nothing works in the system's place for such.
func (im *importer) scratchBase(stores bool) string {
	if im.store == nil || !stores {
		return os.TempDir()
	}
	return filepath.Join(filepath.Dir(im.store.Path()), scratchPlace)
}

// newScratch makes a scratch directory, and removes those that nobody works in any more.
func newScratch(base string) (s *scratch, err error) {
	defer sqlitedb.Wrap(&err, "make room for the import in %s", base)
	if err := sweep(base); err != nil {
		return nil, err
	}
	for range 100 { // until nobody has swept it away between the making and the locking
		if err = durable.MakeDir(base); err != nil {
			return nil, err
		}
		s = &scratch{base: base}
		if s.dir, err = durable.TempDir(base, scratchPrefix+"*"); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		s.free, err = durable.Lock(context.Background(), filepath.Join(s.dir, scratchLock), durable.Exclusive, 0)
		switch {
		case err == nil:
			return s, nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, durable.ErrLocked):
			return nil, errors.Join(err, os.RemoveAll(s.dir))
		}
	}
	return nil, errors.New("others take it away again and again")
}

// turn waits until no other import stores anything, as long as ctx allows: two that decide
// about the same records at once would be in each other's way. told is called while it waits.
func (s *scratch) turn(ctx context.Context, told func(done, total int64)) (end func() error, err error) {
	file := filepath.Join(s.base, turnLock)
	for {
		free, err := durable.Lock(ctx, file, durable.Exclusive, turnPoll)
		if err == nil {
			return func() error { return durable.RemoveLock(file, free) }, nil
		}
		if !errors.Is(err, durable.ErrLocked) {
			return nil, fmt.Errorf("wait for the end of another import: %w", err)
		}
		if told != nil {
			told(0, -1)
		}
	}
}

// close removes the directory, and the place in the store's directory if it is the last.
func (s *scratch) close() error {
	err := discard(s.dir, s.free)
	if filepath.Base(s.base) == scratchPlace {
		_ = os.Remove(s.base) // fails while another import works there
	}
	return err
}

// RemoveScratch removes what imports into the store at this directory have left that were
// killed. What an import works in stays.
func RemoveScratch(store string) (err error) {
	base := filepath.Join(store, scratchPlace)
	if err := sweep(base); err != nil {
		return err
	}
	_ = os.Remove(base)
	return nil
}

// sweep removes the scratch directories that nobody holds.
func sweep(base string) error {
	entries, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == turnLock { // of an import that was killed, unless another holds it
			if free, err := durable.LockThere(filepath.Join(base, turnLock)); err == nil {
				_ = durable.RemoveLock(filepath.Join(base, turnLock), free)
			}
		}
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		if err := sweepOne(filepath.Join(base, e.Name())); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err // one of another user, in the system's place, is his
		}
	}
	return nil
}

func sweepOne(dir string) error {
	free, err := durable.LockThere(filepath.Join(dir, scratchLock))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		_ = os.Remove(dir) // an empty one: killed before it could lock, or about to
		return nil
	case errors.Is(err, durable.ErrLocked):
		return nil
	case err != nil:
		return err
	}
	return discard(dir, free)
}

// discard removes a scratch directory whose lock is held. The lock goes last and while it is
// held: who comes then finds none, and nobody else makes files in there.
func discard(dir string, free func() error) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != scratchLock {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return errors.Join(err, free())
	}
	err = durable.RemoveLock(filepath.Join(dir, scratchLock), free)
	_ = os.Remove(dir) // stays if its maker came between and has made another lock in it: it is his
	return err
}

// full says where the disk is full, if that is what err is about.
func (s *scratch) full(err error) error {
	var driver *sqlite.Error
	full := errors.As(err, &driver) && driver.Code()&0xff == sqlite3.SQLITE_FULL
	if !full && !durable.IsFull(err) && !errors.Is(err, repo.ErrFull) {
		return err
	}
	where := s.base
	if tmp := os.TempDir(); tmp != where {
		where += " or " + tmp
	}
	return fmt.Errorf("the disk is full: an import needs about the room that its source takes, in %s; free some and import again: %w", where, err)
}
