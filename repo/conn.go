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
// the file, and opening it changes nothing.
func writerSource(path string, busy time.Duration, d Durability) source {
	return source{path: path, busy: busy,
		query: url.Values{"mode": {"rw"}, "_txlock": {"immediate"}},
		pragmas: []string{
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

// newPool makes a pool of size connections, 0 means four. They are made when first
// needed, and kept until the pool is closed.
func newPool(dsn string, size int, log *slog.Logger) (*sqlx.DB, error) {
	prepareDriver(log)
	db, err := sqlx.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		size = defaultReaders
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(0)
	db.SetConnMaxIdleTime(0)
	return db, nil
}

// openPool is newPool, and makes the first connection now.
func openPool(ctx context.Context, dsn string, size int, log *slog.Logger) (*sqlx.DB, error) {
	db, err := newPool(dsn, size, log)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openWriterPool opens the pool of the one connection that writes. What check finds
// comes before anything in the file is changed.
func openWriterPool(ctx context.Context, path string, busy time.Duration, d Durability, log *slog.Logger, check ...func(context.Context, *sqlx.DB) error) (*sqlx.DB, error) {
	dsn, err := writerSource(path, busy, d).dsn()
	if err != nil {
		return nil, err
	}
	db, err := openPool(ctx, dsn, 1, log)
	if err != nil {
		return nil, err
	}
	for _, fn := range append(check, useLog) {
		if err := fn(ctx, db); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// useLog puts the file into the mode in which readers and the writer do not wait
// for each other. The file remembers it; only one that was copied by SQLite is in
// another.
func useLog(ctx context.Context, db *sqlx.DB) error {
	var mode string
	err := db.GetContext(ctx, &mode, "PRAGMA journal_mode = WAL")
	if err == nil && mode != "wal" {
		err = fmt.Errorf("journal_mode is %q: this file system cannot share a write-ahead log", mode)
	}
	return err
}

// newReaderPool makes the pool of the readers of a store that is open for writing.
func newReaderPool(path string, busy time.Duration, size int, log *slog.Logger) (*sqlx.DB, error) {
	dsn, err := readerSource(path, busy).dsn()
	if err != nil {
		return nil, err
	}
	return newPool(dsn, size, log)
}

// openReaderPool is newReaderPool, and makes the first connection now.
func openReaderPool(ctx context.Context, path string, busy time.Duration, size int, log *slog.Logger) (*sqlx.DB, error) {
	dsn, err := readerSource(path, busy).dsn()
	if err != nil {
		return nil, err
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
