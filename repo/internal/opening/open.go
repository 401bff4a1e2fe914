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

// Open opens the store in dir as repo.Open says. Every option is given.
func Open(ctx context.Context, dir string, opt Options) (_ Store, err error) {
	defer gaveUp(ctx, &err)
	if dir, err = filepath.Abs(dir); err != nil {
		return Store{}, err
	}
	s := &opening{dir: dir, opt: opt}
	if err := s.find(); err != nil {
		return Store{}, err
	}
	_, missing := os.Stat(s.Path())
	if s.release, err = s.enter(ctx); err != nil {
		return Store{}, err
	}
	if !opt.ReadOnly {
		level := slog.LevelWarn
		if missing != nil {
			level = slog.LevelDebug // it was made now, in a directory that somebody made for it
		}
		MakePrivate(ctx, dir, opt.Log, level)
	}
	err = s.open(ctx)
	err = s.strayLog(ctx, err)
	unmade := errors.Is(err, errUnmade)
	if unmade {
		err = s.unmade()
	}
	if errors.Is(err, ErrMigrationNeeded) && !opt.ReadOnly && (unmade || !opt.NoMigrate) {
		if err = errors.Join(s.release(), s.migrate(ctx)); err == nil {
			opt.NoMigrate, opt.NoCreate = true, true
			return Open(ctx, dir, opt)
		}
		return Store{}, err
	}
	switch {
	case err == nil:
		return Store{dir, s.db, s.blobs}, nil
	case s.db == nil:
		return Store{}, errors.Join(err, s.release())
	default:
		return Store{}, errors.Join(err, s.db.Close(context.Background())) // the lock is free when Open returns
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
func (s *opening) enter(ctx context.Context) (release func() error, err error) {
	release, err = durable.Lock(ctx, filepath.Join(s.dir, lockName), durable.Exclusive, 0)
	switch {
	case s.opt.ReadOnly && (errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err)):
		return func() error { return nil }, nil
	case err == nil:
		if err := s.prepare(ctx); err != nil {
			return nil, errors.Join(err, release())
		}
		s.name = s.nameInFile(ctx)
		if s.opt.Untouched {
			s.alone = true
			return release, nil
		}
		if err := release(); err != nil {
			return nil, err
		}
	case !errors.Is(err, durable.ErrLocked):
		return nil, err
	}
	return Lock(ctx, s.dir, s.opt.Busy, durable.Shared)
}

// prepare makes sure that there is a whole store, while nobody else has it open.
func (s *opening) prepare(ctx context.Context) error {
	if s.opt.ReadOnly {
		return nil
	}
	if finished, err := putback.Recover(s.Path()); err != nil {
		return err
	} else if finished {
		s.opt.Log.Warn("finished a restore that was interrupted", "store", s.dir)
	}
	gone, err := s.missing()
	if err != nil || !gone {
		return err
	}
	if err := s.lost(); err != nil { // what was put aside was nothing
		return err
	}
	if s.opt.NoCreate {
		return ErrNoStore
	}
	return s.create(ctx)
}

// migrate brings the schema up to date, with the lock to itself.
func (s *opening) migrate(ctx context.Context) error {
	release, err := Lock(ctx, s.dir, s.opt.Busy, durable.Exclusive)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, s.Path(), migrations.Options{Log: s.opt.Log, Snapshot: func(ctx context.Context) (func(context.Context) error, error) { return Snapshot(ctx, s.dir, s.opt) }})
	return errors.Join(MigrationError(err), release())
}

// checkSchema compares the store with the program, on the first connection, which
// changes nothing.
func (s *opening) checkSchema(ctx context.Context, conn *sql.Conn) error {
	if err := s.ownLog(ctx, conn); err != nil {
		return err
	}
	status, err := migrations.ReadOpen(ctx, conn)
	if errors.Is(err, migrations.ErrDamaged) && s.opt.ReadOnly && (s.opt.Untouched || !errors.Is(err, migrations.ErrTooNew)) {
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
	if !s.opt.ReadOnly {
		return nil // settle fills them
	}
	filled, err := rows.FacetsFilled(ctx, conn)
	damaged := false
	if err == nil && !filled && s.opt.Untouched {
		damaged, err = rows.FactsDamaged(ctx, conn)
	}
	if sqlitedb.IsMistake(err) {
		return nil // a table is gone: likewise
	}
	if err == nil && !filled && !damaged {
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
func (s *opening) open(ctx context.Context) (err error) {
	if s.blobs, err = blobs.Open(filepath.Join(s.dir, blobsName), blobs.Options{ReadOnly: s.opt.ReadOnly}); err != nil {
		if !s.opt.ReadOnly || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return contents.Error(err)
		}
	}
	if !s.opt.ReadOnly {
		if err := s.claim(); err != nil {
			return err
		}
	}
	if s.opt.Untouched {
		return s.openUntouched(ctx)
	}
	err = s.openDB(ctx, s.Path(), sqlitedb.Options{ReadOnly: s.opt.ReadOnly})
	if s.opt.ReadOnly {
		if bad := sqlitedb.Classify(err); errors.Is(bad, sqlitedb.ErrReadOnly) || errors.Is(bad, sqlitedb.ErrFull) {
			return s.openUntouched(ctx) // on a disk that cannot be written, or has no room for a -shm
		}
		return err
	}
	if err != nil {
		return err
	}
	return s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return s.settle(ctx, q) })
}

// openDB opens the database file.
func (s *opening) openDB(ctx context.Context, path string, opt sqlitedb.Options) (err error) {
	opt.Durability = s.opt.Durability
	opt.Readers, opt.Busy, opt.Log = s.opt.Readers, s.opt.Busy, s.opt.Log
	opt.Check, opt.Closed = s.checkSchema, s.release
	opt.Hooks = s.markLogs(search.Hooks(s.opt.Log))
	s.db, err = sqlitedb.Open(ctx, path, opt)
	return err
}
