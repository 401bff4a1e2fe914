package repo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

const (
	driverName     = "sqlite"
	defaultBusy    = 5 * time.Second // wait for a lock that another program holds
	defaultReaders = 4
)

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
// the file.
func writerSource(path string, busy time.Duration, d Durability) source {
	return source{path: path, busy: busy,
		query: url.Values{"mode": {"rw"}, "_txlock": {"immediate"}},
		pragmas: []string{
			"journal_mode(WAL)",
			"synchronous(" + d.synchronous() + ")",
			"fullfsync(1)", // macOS: a plain fsync there leaves data in the drive's cache
			"cache_size(-4000)",
			"foreign_keys(1)",
		}}
}

// readerSource is how the readers of a store that is open for writing open path.
func readerSource(path string, busy time.Duration) source {
	return source{path: path, busy: busy,
		query:   url.Values{"mode": {"rw"}}, // the reader that finds a crash's -wal must be able to recover it
		pragmas: []string{"query_only(1)", "cache_size(-2000)", "mmap_size(0)"}}
}

// readOnlySource is how a store that must not be changed opens path. The extra
// parameters (immutable=1, or readonly_shm=1) say how the -wal and -shm files
// are treated.
func readOnlySource(path string, busy time.Duration, extra url.Values) source {
	s := readerSource(path, busy)
	s.query = url.Values{"mode": {"ro"}}
	for name, values := range extra {
		s.query[name] = values
	}
	return s
}

// dsn returns the data source name: a file URI, so that a path may hold '?',
// '#', '%' and spaces, and mode= is obeyed.
func (s source) dsn() (string, error) {
	if strings.ContainsRune(s.path, 0) {
		return "", fmt.Errorf("path %q holds a zero byte", s.path)
	}
	path, err := filepath.Abs(s.path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/dir
		path = "/" + path
	}
	query := url.Values{}
	for name, values := range s.query {
		query[name] = values
	}
	busy := s.busy
	if busy <= 0 {
		busy = defaultBusy
	}
	query["_pragma"] = append([]string{fmt.Sprintf("busy_timeout(%d)", max(1, busy.Milliseconds()))}, s.pragmas...)
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return u.String(), nil
}

// openPool opens size connections, made when first needed and kept until the
// pool is closed. The first one is made now.
func openPool(ctx context.Context, dsn string, size int, log *slog.Logger) (*sqlx.DB, error) {
	prepareDriver(log)
	db, err := sqlx.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(0)
	db.SetConnMaxIdleTime(0)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openWriterPool opens the pool of the one connection that writes.
func openWriterPool(ctx context.Context, path string, busy time.Duration, d Durability, log *slog.Logger) (*sqlx.DB, error) {
	dsn, err := writerSource(path, busy, d).dsn()
	if err != nil {
		return nil, err
	}
	db, err := openPool(ctx, dsn, 1, log)
	if err != nil {
		return nil, err
	}
	var mode string
	if err = db.GetContext(ctx, &mode, "PRAGMA journal_mode"); err == nil && mode != "wal" {
		err = fmt.Errorf("journal_mode is %q: this file system cannot share a write-ahead log", mode)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openReaderPool opens the readers of a store that is open for writing; size 0
// means four.
func openReaderPool(ctx context.Context, path string, busy time.Duration, size int, log *slog.Logger) (*sqlx.DB, error) {
	dsn, err := readerSource(path, busy).dsn()
	if err != nil {
		return nil, err
	}
	return openReadOnlyPool(ctx, dsn, size, log)
}

// openReadOnlyPool opens readers with a DSN that the caller has chosen; size 0
// means four.
func openReadOnlyPool(ctx context.Context, dsn string, size int, log *slog.Logger) (*sqlx.DB, error) {
	if size <= 0 {
		size = defaultReaders
	}
	return openPool(ctx, dsn, size, log)
}

var logLocking sync.Once

// prepareDriver sets what the driver has once per process. It must have run
// before the first database file of the process is opened, for closing any
// descriptor of a database file drops the POSIX locks that SQLite holds on it;
// locks of the open file description stay. Where those do not exist, or another
// part of the program was first, that is logged once and no error.
func prepareDriver(log *slog.Logger) {
	sqlite.StrictPragmas(true)
	_, err := sqlite.OFDLocking(true)
	if err == nil {
		return
	}
	logLocking.Do(func() {
		if log == nil {
			return
		}
		level := slog.LevelDebug
		if errors.Is(err, sqlite.ErrOFDLockingTooLate) {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "database locks can be lost if this process opens the file by other means", "reason", err)
	})
}
