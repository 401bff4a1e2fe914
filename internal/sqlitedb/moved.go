package sqlitedb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"
)

// ErrMoved: under the name of the file stands nothing any more, or another file: somebody has
// moved, removed or replaced it, or the directory that it is in, while it was open. Nothing was
// written.
var ErrMoved = errors.New("the store was moved, removed or replaced while it was open")

// Place is a file that is open, and what its name led to then. SQLite goes on writing to a file
// that nobody finds any more, and a connection that is opened later is one to whatever stands
// there by then.
type Place struct {
	path string
	was  fs.FileInfo
}

// PlaceOf notes what a name leads to. The zero Place never moves.
func PlaceOf(path string) (p Place, err error) {
	p.path = path
	p.was, err = os.Stat(path)
	return p, err
}

// Moved is ErrMoved if the name leads elsewhere by now. On Windows nobody can move what is open.
func (p *Place) Moved() error {
	if p.was == nil || runtime.GOOS == "windows" {
		return nil
	}
	now, err := os.Stat(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is gone", ErrMoved, p.path)
	case err == nil && !os.SameFile(now, p.was):
		return fmt.Errorf("%w: %s is another file", ErrMoved, p.path)
	}
	return nil // who may not look any more keeps what is open
}

// Moved is ErrMoved if another file, or none, has the name of this one by now: what else is
// found beside it may not belong to it.
func (db *DB) Moved() error { return db.place.Moved() }

// stay makes sure, before a commit, that what is written will be found. The log counts like the
// file: what was committed last stands in it alone.
func (c *writerConn) stay(file *Place) error {
	if err := file.Moved(); err != nil {
		return err
	}
	return c.log.Moved()
}

// noteLog notes which log the connection writes to; it is there since the first transaction began.
func (c *writerConn) noteLog(path string) {
	if c.log.was == nil {
		c.log, _ = PlaceOf(path + "-wal") // without one nothing is looked at
	}
}

// leaves says that connections end without touching the files: the last one removes what has the
// name of its log, which may be another's by now.
type leaves struct{ atomic.Bool }

func (l *leaves) apply(c *conn) {
	if l.Load() && c.handle != nil && !c.gone() {
		_ = c.handle.config(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
	}
}
