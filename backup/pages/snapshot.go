package pages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"

	"taskstore/internal/sqlfile"
)

// Taken is what a store held when a copy of it was taken.
type Taken struct {
	Facts
	Quiet bool // nobody wrote meanwhile: the copy must hold the same
}

// Source is a database that is copied.
type Source struct {
	File   string
	Params url.Values // of a file where nothing can be written; else nil
}

// open gives a connection of its own. VACUUM INTO leaves its file to the system there.
func (s Source) open() (*sql.DB, error) {
	params := "mode=ro"
	if s.Params != nil {
		params = s.Params.Encode()
	}
	return sqlfile.Open(s.File, params+"&_pragma=synchronous(OFF)&_pragma=busy_timeout(10000)")
}

// Snapshot fills an empty file with a copy of a database, and looks meanwhile at what
// that holds. What the copy is worth is not known yet, and it is not put on disk: it is removed soon.
//
// The copy is one state of the database, whole and without a -wal, compacted, in journal mode DELETE,
// whoever reads and writes meanwhile. The database is opened with mode=ro. Nothing is written to its
// file or its -wal, but SQLite may leave an empty -wal and a -shm where nobody has it open, and the
// -wal grows by what others write.
func Snapshot(ctx context.Context, db Source, to string, progress func(done, total int64)) (was Taken, err error) {
	store, err := db.open() // data_version is relative to a connection
	if err != nil {
		return was, err
	}
	defer store.Close()
	before, size, err := versionAndSize(ctx, store)
	if err != nil {
		return was, err
	}
	if err := Room(filepath.Dir(to), size); err != nil {
		return was, err
	}
	looked := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		var err error
		was.Facts, err = look(ctx, db.open)
		looked <- err
	}()
	err = vacuum(ctx, store, db, to, func(done int64) {
		if progress != nil {
			progress(done, max(done, size))
		}
	})
	if err != nil {
		cancel()
	}
	if err := errors.Join(err, <-looked); err != nil {
		return was, err
	}
	after, _, err := versionAndSize(ctx, store)
	was.Quiet = before == after
	return was, err
}

// SnapshotOn is Snapshot of the database file db over a connection that keeps everybody
// else from writing to it.
func SnapshotOn(ctx context.Context, conn *sql.Conn, db, to string, progress func(done, total int64)) (was Taken, err error) {
	_, size, err := versionAndSize(ctx, conn)
	if err != nil {
		return was, err
	}
	if err := Room(filepath.Dir(to), size); err != nil {
		return was, err
	}
	if was.Facts, err = survey(ctx, conn); err != nil {
		return was, err
	}
	was.Quiet = true
	return was, vacuum(ctx, conn, Source{File: db}, to, func(done int64) {
		if progress != nil {
			progress(done, max(done, size))
		}
	})
}

// look reads the facts on a connection of its own.
func look(ctx context.Context, open func() (*sql.DB, error)) (Facts, error) {
	pool, err := open()
	if err != nil {
		return Facts{}, err
	}
	defer pool.Close()
	return survey(ctx, pool)
}

// versionAndSize gives what changes when another connection commits, and the bytes of
// the pages in use.
func versionAndSize(ctx context.Context, pool sqlfile.Querier) (version, size int64, err error) {
	err = pool.QueryRowContext(ctx, `
		SELECT data_version, (page_count - freelist_count) * page_size
		FROM pragma_data_version, pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&version, &size)
	return version, size, err
}

// executor is what a pool and a connection have in common.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// vacuum copies.
func vacuum(ctx context.Context, store executor, db Source, to string, told func(done int64)) error {
	out, err := os.Open(to)
	if err != nil {
		return err
	}
	defer out.Close()
	disk := filepath.Dir(db.File)
	if db.Params != nil {
		disk = "" // nobody writes to it
	}
	watched, stop := watch(ctx, disk, func() {
		if info, err := out.Stat(); err == nil {
			told(info.Size())
		}
	})
	_, err = store.ExecContext(watched, `VACUUM INTO ?`, to)
	return errors.Join(err, stop())
}

// Compare says what a copy holds: the same as the store, unless somebody wrote.
func (was Taken) Compare(ctx context.Context, file string) (made Facts, err error) {
	made, err = look(ctx, func() (*sql.DB, error) { return sqlfile.Open(file, "mode=ro&immutable=1") })
	if err == nil && was.Quiet {
		err = was.equal(made)
	}
	return made, err
}

// equal compares what the store held with what a copy of it holds.
func (s Facts) equal(copied Facts) error {
	switch {
	case !maps.Equal(s.schema, copied.schema):
		return fmt.Errorf("%w: the schema", ErrDiffers)
	case s.Orphans != copied.Orphans:
		return fmt.Errorf("%w: %d foreign keys that point nowhere, and %d in the copy", ErrDiffers, s.Orphans, copied.Orphans)
	}
	for name, n := range s.Rows {
		if copied.Rows[name] != n {
			return fmt.Errorf("%w: %d rows in %s, and %d in the copy", ErrDiffers, n, name, copied.Rows[name])
		}
	}
	return nil
}
