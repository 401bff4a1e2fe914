// Package opening comes from a directory to an open store. Its one idea is that
// a directory holds a whole store or none: it is found, made, restored to its end
// or migrated under its lock before anything is opened, and what another program
// left undone is made good before the first write. It promises that a store that
// is only looked at stays as it is, byte for byte, and that none is begun anew
// where one was lost. What is done with the store is for package repo.
package opening

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo/contents"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// Options says how to open a store: see repo.Options.
type Options struct {
	ReadOnly, Untouched, NoCreate, NoMigrate bool

	Durability sqlitedb.Durability
	Readers    int
	Busy       time.Duration
	Retention  time.Duration
	Now        func() time.Time
	Log        *slog.Logger
}

// Store is what was opened. Closing the database gives the directory back.
type Store struct {
	Dir   string // absolute
	DB    *sqlitedb.DB
	Blobs *blobs.Dir // nil if the store is only read and has none
}

// opening is a store on its way.
type opening struct {
	dir     string
	opt     Options
	db      *sqlitedb.DB // nil: it has not come so far
	blobs   *blobs.Dir
	release func() error // gives back the lock on the directory, unless db does
	alone   bool         // the lock keeps everybody else out
}

func (o *opening) path() string { return DBPath(o.dir) }

// Open opens the store in dir as repo.Open says. Every option is given.
func Open(ctx context.Context, dir string, opt Options) (s Store, err error) {
	defer gaveUp(ctx, &err)
	if dir, err = filepath.Abs(dir); err != nil {
		return s, err
	}
	o := &opening{dir: dir, opt: opt}
	if err := o.find(); err != nil {
		return s, err
	}
	_, missing := os.Stat(o.path())
	if o.release, err = o.enter(ctx); err != nil {
		return s, err
	}
	if !opt.ReadOnly {
		level := slog.LevelWarn
		if missing != nil {
			level = slog.LevelDebug // it was made now, in a directory that somebody made for it
		}
		MakePrivate(ctx, dir, opt.Log, level)
	}
	err = o.open(ctx)
	err = o.strayLog(ctx, err)
	unmade := errors.Is(err, errUnmade)
	if unmade {
		err = o.unmade()
	}
	if errors.Is(err, ErrMigrationNeeded) && !opt.ReadOnly && (unmade || !opt.NoMigrate) {
		if err = errors.Join(o.release(), o.migrate(ctx)); err == nil {
			opt.NoMigrate, opt.NoCreate = true, true
			return Open(ctx, dir, opt)
		}
		return s, err
	}
	switch {
	case err == nil:
		return Store{dir, o.db, o.blobs}, nil
	case o.db == nil:
		return s, errors.Join(err, o.release())
	default:
		return s, errors.Join(err, o.db.Close(context.Background())) // the lock is free when Open returns
	}
}

// gaveUp tells whoever does not want to wait any more that, and not that the store
// is in use.
func gaveUp(ctx context.Context, err *error) {
	if ended := ctx.Err(); ended != nil && errors.Is(*err, sqlitedb.ErrLocked) {
		*err = fmt.Errorf("%w: %v", ended, *err)
	}
}

// enter takes the lock on the directory, and with the lock to itself finishes an
// interrupted restore and makes a new store. It then holds the lock together with
// others, except for a store that is not to be touched, which nobody may begin to
// write.
func (o *opening) enter(ctx context.Context) (release func() error, err error) {
	release, err = durable.Lock(ctx, filepath.Join(o.dir, lockName), durable.Exclusive, 0)
	switch {
	case o.opt.ReadOnly && (errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err)):
		return func() error { return nil }, nil
	case err == nil:
		if err := o.prepare(ctx); err != nil {
			return nil, errors.Join(err, release())
		}
		if o.opt.Untouched {
			o.alone = true
			return release, nil
		}
		if err := release(); err != nil {
			return nil, err
		}
	case !errors.Is(err, durable.ErrLocked):
		return nil, err
	}
	return Lock(ctx, o.dir, o.opt.Busy, durable.Shared)
}

// prepare makes sure that there is a whole store, while nobody else has it open.
func (o *opening) prepare(ctx context.Context) error {
	if o.opt.ReadOnly {
		return nil
	}
	if finished, err := putback.Recover(o.path()); err != nil {
		return err
	} else if finished {
		o.opt.Log.Warn("finished a restore that was interrupted", "store", o.dir)
	}
	gone, err := o.missing()
	if err != nil || !gone {
		return err
	}
	if o.opt.NoCreate {
		return ErrNoStore
	}
	return o.create(ctx)
}

// migrate brings the schema up to date, with the lock to itself.
func (o *opening) migrate(ctx context.Context) error {
	release, err := Lock(ctx, o.dir, o.opt.Busy, durable.Exclusive)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, o.path(), migrations.Options{Log: o.opt.Log, Snapshot: func(ctx context.Context) (func(context.Context) error, error) { return Snapshot(ctx, o.dir, o.opt) }})
	return errors.Join(MigrationError(err), release())
}

// checkSchema compares the store with the program, on the first connection, which
// changes nothing.
func (o *opening) checkSchema(ctx context.Context, conn *sql.Conn) error {
	status, err := migrations.ReadOpen(ctx, conn)
	if errors.Is(err, migrations.ErrDamaged) && o.opt.ReadOnly && (o.opt.Untouched || !errors.Is(err, migrations.ErrTooNew)) {
		return nil // what can be read is read; a check tells
	}
	if err != nil {
		return MigrationError(err)
	}
	if status.Current == 0 {
		return fmt.Errorf("%w: %w", ErrMigrationNeeded, errUnmade)
	}
	if len(status.Pending) > 0 {
		return fmt.Errorf("%w: its schema is %d, this program's is %d", ErrMigrationNeeded, status.Current, status.Target)
	}
	if !o.opt.ReadOnly {
		return nil // settle fills them
	}
	filled, err := rows.FacetsFilled(ctx, conn)
	if sqlitedb.IsMistake(err) {
		return nil // a table is gone: likewise
	}
	if err == nil && !filled {
		err = fmt.Errorf("%w: what its lists are read from was not made yet; open it for writing once", ErrMigrationNeeded)
	}
	return err
}

// MigrationError says in the words of this package and of sqlitedb what the migrations found.
func MigrationError(err error) error {
	for _, m := range []struct{ theirs, ours error }{
		{migrations.ErrTooNew, ErrSchemaTooNew},
		{migrations.ErrDamaged, sqlitedb.ErrCorrupt},
		{migrations.ErrLocked, sqlitedb.ErrLocked},
		{migrations.ErrDisturbed, sqlitedb.ErrLocked},
		{migrations.ErrNotStore, ErrNoStore},
		{fs.ErrNotExist, ErrNoStore},
		{backup.ErrCorrupt, sqlitedb.ErrCorrupt},
		{backup.ErrFull, sqlitedb.ErrFull},
	} {
		if errors.Is(err, m.theirs) {
			return fmt.Errorf("%w: %w", m.ours, err)
		}
	}
	return err
}

// open opens the connections.
func (o *opening) open(ctx context.Context) (err error) {
	if o.blobs, err = blobs.Open(filepath.Join(o.dir, blobsName), blobs.Options{ReadOnly: o.opt.ReadOnly}); err != nil {
		if !o.opt.ReadOnly || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return contents.Error(err)
		}
	}
	if !o.opt.ReadOnly {
		if err := o.claim(); err != nil {
			return err
		}
	}
	if o.opt.Untouched {
		return o.openUntouched(ctx)
	}
	err = o.openDB(ctx, o.path(), sqlitedb.Options{ReadOnly: o.opt.ReadOnly})
	if o.opt.ReadOnly {
		if bad := sqlitedb.Classify(err); errors.Is(bad, sqlitedb.ErrReadOnly) || errors.Is(bad, sqlitedb.ErrFull) {
			return o.openUntouched(ctx) // on a disk that cannot be written, or has no room for a -shm
		}
		return err
	}
	if err != nil {
		return err
	}
	return o.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return o.settle(ctx, q) })
}

// openDB opens the database file.
func (o *opening) openDB(ctx context.Context, path string, opt sqlitedb.Options) (err error) {
	opt.Durability = o.opt.Durability
	opt.Readers, opt.Busy, opt.Log = o.opt.Readers, o.opt.Busy, o.opt.Log
	opt.Check, opt.Closed = o.checkSchema, o.release
	opt.Hooks = search.Hooks(o.opt.Log)
	o.db, err = sqlitedb.Open(ctx, path, opt)
	return err
}
