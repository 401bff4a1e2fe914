package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"taskstore/internal/sqlfile"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

const driverName = "sqlite"

// Durability says what a write survives once the call that made it has returned.
type Durability int

const (
	// DurabilityFull: the write survives a power cut. Every batch of writes
	// waits for the disk once.
	DurabilityFull Durability = iota

	// DurabilityNormal: the write survives a crash of the program. A power cut
	// may undo the last writes; what remains is consistent.
	DurabilityNormal
)

// synchronous is the value of the pragma of that name.
func (d Durability) synchronous() string {
	if d == DurabilityNormal {
		return "NORMAL"
	}
	return "FULL"
}

// source is a database file and the way one kind of connection uses it.
// Everything is said in the DSN, because a PRAGMA sent later would reach one
// connection of the pool only.
type source struct {
	path    string
	query   url.Values // parameters besides the pragmas
	busy    time.Duration
	pragmas []string
}

// writerSource is how the one writing connection opens path. It does not create
// the file, and opening it changes nothing.
func writerSource(path string, opt Options) source {
	return source{path: path, busy: opt.Busy,
		query: url.Values{"mode": {"rw"}, "_txlock": {"immediate"}},
		pragmas: []string{
			"synchronous(" + opt.Durability.synchronous() + ")",
			fmt.Sprintf("journal_size_limit(%d)", logMost),
			"fullfsync(1)", // macOS: a plain fsync there leaves data in the drive's cache
			"cache_size(-4000)",
			"foreign_keys(1)",
			"secure_delete(fast)", // what is deleted is overwritten where that writes no page more
		}}
}

// readerSource is how the readers open path.
func readerSource(path string, opt Options) source {
	s := source{path: path, busy: opt.Busy,
		query:   url.Values{"mode": {"rw"}}, // the reader that finds a crash's -wal must be able to recover it
		pragmas: []string{"query_only(1)", "cache_size(-2000)", "mmap_size(0)"}}
	for name, values := range opt.URI {
		s.query[name] = values
	}
	if opt.Copy {
		s.pragmas = s.pragmas[1:]
	}
	return s
}

// dsn returns the data source name.
func (s source) dsn() (string, error) {
	if strings.ContainsRune(s.path, 0) {
		return "", fmt.Errorf("path %q holds a zero byte", s.path)
	}
	query := url.Values{}
	for name, values := range s.query {
		query[name] = values
	}
	query["_pragma"] = append([]string{fmt.Sprintf("busy_timeout(%d)", max(1, s.busy.Milliseconds()))}, s.pragmas...)
	return sqlfile.DSN(s.path, query.Encode())
}

// newPool makes what connections are taken from. It bounds nothing and keeps
// nothing: a connection that is given back is closed.
func newPool(s source) (*sqlx.DB, error) {
	dsn, err := s.dsn()
	if err != nil {
		return nil, err
	}
	pool, err := sqlx.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxIdleConns(0)
	return pool, nil
}

var logLocking sync.Once

// Prepare sets what the driver has once per process. It must have run before the
// first database file of the process is opened, by whatever package, for closing
// any descriptor of a database file drops the POSIX locks that SQLite holds on it;
// locks of the open file description stay. Where those do not exist, or another
// part of the program was first, that is logged once and no error.
func Prepare(log *slog.Logger) {
	sqlite.StrictPragmas(true)
	_, err := sqlite.OFDLocking(true)
	if err == nil || log == nil {
		return
	}
	logLocking.Do(func() {
		level := slog.LevelDebug
		if errors.Is(err, sqlite.ErrOFDLockingTooLate) {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "database locks can be lost if this process opens the file by other means", "reason", err)
	})
}
