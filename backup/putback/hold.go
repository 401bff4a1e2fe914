package putback

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"
	"taskstore/internal/sqlitedb"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// InUseError says that other programs have a database open. It is sqlitedb.ErrLocked.
type InUseError struct {
	DB string
	By []durable.User // as far as the system tells
}

func (e *InUseError) Error() string {
	if len(e.By) == 0 {
		return "another program has " + e.DB + " open; close it there"
	}
	var names []string
	for _, u := range e.By {
		names = append(names, u.String())
	}
	return fmt.Sprintf("%s is open in %s; close it there", e.DB, strings.Join(names, ", "))
}

// Is says that it is what package repo calls locked.
func (e *InUseError) Is(target error) bool { return target == sqlitedb.ErrLocked }

// Hold is a database file that nobody but its holder can read or write. It is
// SQLite's exclusive lock, kept on one connection: nobody gets it while a
// connection in WAL mode is open anywhere, be it idle, and while it is held
// whoever wants to begin a transaction waits. What is no database, or is not there,
// SQLite cannot lock; then nobody can begin a transaction in it either, and it was
// looked at that nobody is in one.
type Hold struct {
	db     string // where its links lead
	locked bool
	why    error // it is not locked
	pool   *sql.DB
	conn   *sql.Conn
	reads  []*os.File // closed after the connection: before, closing one may drop its locks
}

// holdPoll is how often it is tried again.
const holdPoll = 10 * time.Millisecond

// TakeHold holds the database file db until Release. It waits for others until wait
// has passed, and is then an *InUseError; when ctx ends first the error is that of
// ctx, and an *InUseError too if its time has passed. Nothing in the file changes.
func TakeHold(ctx context.Context, db string, wait time.Duration) (h *Hold, err error) {
	defer pages.Wrap(&err, "take %s alone", db)
	db = durable.Target(db)
	var inUse *InUseError // what the last try found: a later one may be cut short
	if dir := filepath.Dir(db); !durable.Writable(dir) {
		return nil, &fs.PathError{Op: "write to", Path: dir, Err: fs.ErrPermission} // SQLite would call it an error of the disk
	}
	for end := time.Now().Add(wait); ; {
		h, err := tryHold(ctx, db)
		switch errors.As(err, &inUse); {
		case err == nil || ctx.Err() == nil && !errors.As(err, new(*InUseError)):
			return h, err
		case errors.Is(ctx.Err(), context.DeadlineExceeded) && inUse != nil:
			inUse.By = durable.Users(db, db+"-wal", db+"-shm")
			return nil, fmt.Errorf("%w: %w", inUse, ctx.Err())
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Until(end) <= 0:
			inUse.By = durable.Users(db, db+"-wal", db+"-shm")
			return nil, inUse
		}
		select {
		case <-ctx.Done():
		case <-time.After(holdPoll):
		}
	}
}

func tryHold(ctx context.Context, db string) (h *Hold, err error) {
	h = &Hold{db: db}
	if _, err := os.Lstat(db); errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	// Asked before, for the lock below leaves some of its own behind when it fails.
	if locked, err := othersLock(db); err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	} else if locked {
		return nil, &InUseError{DB: db}
	}
	err = h.lock(ctx)
	switch {
	case err == nil:
		h.locked = true
		return h, nil
	case isBusy(err):
		return nil, errors.Join(&InUseError{DB: db}, h.Release())
	case ctx.Err() != nil || !unlockable(err):
		return nil, errors.Join(err, h.Release())
	}
	h.why = err
	// The connection stays open: closing the last one would remove a -wal that is to
	// be put aside as it is.
	return h, nil
}

// lock takes SQLite's lock. That the mode is set before anything is read keeps
// the connection from sharing a -wal with others.
func (h *Hold) lock(ctx context.Context) (err error) {
	if h.pool, err = sqlfile.Open(h.db, "mode=rw&_pragma=busy_timeout(1)"); err != nil {
		return err
	}
	if h.conn, err = h.pool.Conn(ctx); err != nil {
		return err
	}
	if err := h.keepLog(true); err != nil {
		return err
	}
	for _, text := range []string{
		"PRAGMA main.locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "ROLLBACK",
		"PRAGMA main.synchronous = FULL", "PRAGMA fullfsync = TRUE",
	} {
		if _, err := h.conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// keepLog says whether a -wal stays when the connection is closed.
func (h *Hold) keepLog(keep bool) error {
	mode := 0
	if keep {
		mode = 1
	}
	return h.conn.Raw(func(dc any) error {
		file, ok := dc.(sqlite.FileControl)
		if !ok {
			return fmt.Errorf("driver connection %T has no file control", dc)
		}
		_, err := file.FileControlPersistWAL("main", mode)
		return err
	})
}

// Locked says that SQLite keeps everybody else out.
func (h *Hold) Locked() bool { return h.locked }

// Unlockable is why SQLite cannot begin anything in the file, nil where it can or where
// there is none. Other connections then wait in vain for the locks that this one keeps.
func (h *Hold) Unlockable() error { return h.why }

// Release lets others use the file again.
func (h *Hold) Release() error {
	var errs []error
	if h.conn != nil {
		errs = append(errs, h.conn.Close())
	}
	if h.pool != nil {
		errs = append(errs, h.pool.Close())
	}
	for _, f := range h.reads {
		errs = append(errs, f.Close())
	}
	h.locked, h.conn, h.pool, h.reads = false, nil, nil, nil
	return errors.Join(errs...)
}

// open opens a file of the database for reading until Release.
func (h *Hold) open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err == nil {
		h.reads = append(h.reads, f)
	}
	return f, err
}

func codeOf(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// isBusy says that somebody else has the lock.
func isBusy(err error) bool {
	switch codeOf(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// unlockable says that SQLite cannot begin anything in the file.
func unlockable(err error) bool {
	switch codeOf(err) {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return true
	}
	return pages.IsNoFormat(err)
}
