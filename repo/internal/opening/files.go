package opening

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
)

// Names of what stands in the directory of a store.
const (
	dbName      = "store.db"
	lockName    = "store.lock"
	blobsName   = "blobs"
	backupsName = "backups"
	scratchName = "scratch" // of imports
)

// BlobsDir is where a store in dir, or a directory with backups of one, keeps
// contents.
func BlobsDir(dir string) string { return filepath.Join(dir, blobsName) }

// BackupsDir is where a store in dir keeps its backups.
func BackupsDir(dir string) string { return filepath.Join(dir, backupsName) }

// DBPath is the database file of a store in dir: where it is a link, the file that
// the link leads to, beside which SQLite keeps its -wal and -shm.
func DBPath(dir string) string { return durable.Target(filepath.Join(dir, dbName)) }

// Inspect finds the way by which a check, a dry run or a read-only store
// opens the database file without changing a byte of it, of its -wal or of its
// -shm, and without leaving files that were not there. migrations.ReadOnly
// tells the three ways and why mode=ro alone is none.
//
// A clean store is opened as immutable and so without SQLite's locks, and what
// a crash left without a -shm is copied to a directory that scratch makes. In
// both cases nobody may write meanwhile: the caller holds the store's lock
// exclusively until cleanup has returned. A store that another process has
// open for writing cannot be locked so, and need not be: it has a -shm, and is
// read like any live one. A caller who cannot have the lock exclusively should
// take it shared and go on, because cleanup finds out: it returns ErrLocked
// when the file was changed by someone that could not be held off, and what
// was read is then not to be trusted.
//
// Call cleanup after closing every connection, once. The copy in scratch can be
// written to, for checks that need it; everything else is query_only. The error
// is ErrNoStore when there is no file.
func Inspect(ctx context.Context, dbPath string, scratch func() (string, error)) (file string, opt sqlitedb.Options, cleanup func() error, err error) {
	defer sqlitedb.Wrap(&err, "open %s without changing it", dbPath)
	way, err := migrations.ReadOnly(ctx, dbPath, scratch)
	if err != nil {
		return "", opt, nil, inspectError(err)
	}
	opt = sqlitedb.Options{ReadOnly: true, URI: way.Params, Copy: way.Copied}
	return way.File, opt, func() error { return inspectError(way.Done()) }, nil
}

// inspectError says in this package's words what migrations.ReadOnly found.
func inspectError(err error) error {
	switch {
	case errors.Is(err, migrations.ErrDisturbed):
		return fmt.Errorf("%w: %w", sqlitedb.ErrLocked, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrNoStore, err)
	}
	return err
}

// MakePrivate hides from others what an older program, or a copy, lets them see of the
// store in dir, and says so at that level: see repo.MakePrivate.
func MakePrivate(ctx context.Context, dir string, log *slog.Logger, level slog.Level) {
	names, err := filesOf(dir)
	changed := 0
	for _, name := range names {
		n, bad := durable.Private(name)
		if changed += n; bad != nil && err == nil {
			err = bad
		}
	}
	if err != nil {
		log.Warn("others may see the store", "store", dir, "reason", err)
	}
	if changed > 0 {
		log.Log(ctx, level, "made the store for its owner alone: others could read it", "store", dir, "files", changed)
	}
}

// filesOf lists what a store is made of: its directory, or what is its own in one with
// other things.
func filesOf(dir string) (names []string, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	shared := info.Mode()&fs.ModeSticky != 0 // /tmp
	for _, e := range entries {
		switch name := e.Name(); {
		case name == lockName, name == blobsName, name == backupsName, name == scratchName, strings.HasPrefix(name, dbName):
			names = append(names, filepath.Join(dir, name))
		default:
			shared = true
		}
	}
	if !shared {
		names = append(names, dir) // last: then it is done
	}
	return names, err
}
