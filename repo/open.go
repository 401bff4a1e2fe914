package repo

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
	"taskstore/blobs"
	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo/contents"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
)

// Open opens the store in dir. Before a store that has data is migrated, it is
// backed up to dir/backups, and the backup is put back when the migration fails.
//
// Errors: ErrNoStore, ErrMigrationNeeded, ErrSchemaTooNew, ErrLocked (another
// process is migrating or restoring it), ErrReadOnly, ErrCorrupt, ErrFull. When ctx
// ends first the error is that of ctx.
func Open(ctx context.Context, dir string, opt Options) (s *Store, err error) {
	defer sqlitedb.Wrap(&err, "open the store in %s", dir)
	defer gaveUp(ctx, &err)
	opt = opt.withDefaults()
	sqlitedb.Prepare(opt.Log)
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	s = &Store{dir: dir, opt: opt}
	s.Repos, s.History = newRepos(s), History{s}
	if err := s.find(); err != nil {
		return nil, err
	}
	_, missing := os.Stat(s.Path())
	if s.release, err = s.enter(ctx); err != nil {
		return nil, err
	}
	if !opt.ReadOnly {
		level := slog.LevelWarn
		if missing != nil {
			level = slog.LevelDebug // it was made now, in a directory that somebody made for it
		}
		makePrivate(ctx, dir, opt.Log, level)
	}
	err = s.open(ctx)
	err = s.strayLog(ctx, err)
	unmade := errors.Is(err, errUnmade)
	if unmade {
		err = s.unmade()
	}
	if errors.Is(err, ErrMigrationNeeded) && !opt.ReadOnly && (unmade || !opt.NoMigrate) {
		if err = errors.Join(s.release(), s.migrate(ctx)); err == nil {
			return Open(ctx, dir, Options{NoMigrate: true, NoCreate: true, Durability: opt.Durability, Readers: opt.Readers,
				Busy: opt.Busy, Retention: opt.Retention, Now: opt.Now, Log: opt.Log})
		}
		return nil, err
	}
	switch {
	case err == nil:
		s.Contents = Contents{contents.New(s.db, s.blobs, s.Backups(), filepath.Join(s.dir, backupsName), opt.ReadOnly, opt.Now), s}
		return s, nil
	case s.db == nil:
		return nil, errors.Join(err, s.release())
	default:
		return nil, errors.Join(err, s.Close()) // the lock is free when Open returns
	}
}

// gaveUp tells whoever does not want to wait any more that, and not that the store
// is in use.
func gaveUp(ctx context.Context, err *error) {
	if ended := ctx.Err(); ended != nil && errors.Is(*err, ErrLocked) {
		*err = fmt.Errorf("%w: %v", ended, *err)
	}
}

// enter takes the lock on the directory, and with the lock to itself finishes an
// interrupted restore and makes a new store. It then holds the lock together with
// others, except for a store that is not to be touched, which nobody may begin to
// write.
func (s *Store) enter(ctx context.Context) (release func() error, err error) {
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
	return lockDir(ctx, s.dir, s.opt.Busy, durable.Shared)
}

// prepare makes sure that there is a whole store, while nobody else has it open.
func (s *Store) prepare(ctx context.Context) error {
	if s.opt.ReadOnly {
		return nil
	}
	if finished, err := backup.Recover(s.Path()); err != nil {
		return err
	} else if finished {
		s.opt.Log.Warn("finished a restore that was interrupted", "store", s.dir)
	}
	gone, err := s.missing()
	if err != nil || !gone {
		return err
	}
	if s.opt.NoCreate {
		return ErrNoStore
	}
	return s.create(ctx)
}

// migrate brings the schema up to date, with the lock to itself.
func (s *Store) migrate(ctx context.Context) error {
	release, err := lockDir(ctx, s.dir, s.opt.Busy, durable.Exclusive)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, s.Path(), migrations.Options{Log: s.opt.Log, Snapshot: s.snapshot})
	return errors.Join(migrationError(err), release())
}

// checkSchema compares the store with the program, on the first connection, which
// changes nothing.
func (s *Store) checkSchema(ctx context.Context, conn *sql.Conn) error {
	if err := s.ownLog(ctx, conn); err != nil {
		return err
	}
	status, err := migrations.ReadOpen(ctx, conn)
	if errors.Is(err, migrations.ErrDamaged) && s.opt.ReadOnly && (s.opt.Untouched || !errors.Is(err, migrations.ErrTooNew)) {
		return nil // what can be read is read; a check tells
	}
	if err != nil {
		return migrationError(err)
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
	if sqlitedb.IsMistake(err) {
		return nil // a table is gone: likewise
	}
	if err == nil && !filled {
		err = fmt.Errorf("%w: what its lists are read from was not made yet; open it for writing once", ErrMigrationNeeded)
	}
	return err
}

// migrationError says in this package's words what the migrations found.
func migrationError(err error) error {
	for _, m := range []struct{ theirs, ours error }{
		{migrations.ErrTooNew, ErrSchemaTooNew},
		{migrations.ErrDamaged, ErrCorrupt},
		{migrations.ErrLocked, ErrLocked},
		{migrations.ErrDisturbed, ErrLocked},
		{migrations.ErrNotStore, ErrNoStore},
		{fs.ErrNotExist, ErrNoStore},
		{backup.ErrCorrupt, ErrCorrupt},
		{backup.ErrFull, ErrFull},
	} {
		if errors.Is(err, m.theirs) {
			return fmt.Errorf("%w: %w", m.ours, err)
		}
	}
	return err
}

// open opens the connections.
func (s *Store) open(ctx context.Context) (err error) {
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
		if bad := sqlitedb.Classify(err); errors.Is(bad, ErrReadOnly) || errors.Is(bad, ErrFull) {
			return s.openUntouched(ctx) // on a disk that cannot be written, or has no room for a -shm
		}
		return err
	}
	if err != nil {
		return err
	}
	return s.write(ctx, s.settle)
}

// openDB opens the database file.
func (s *Store) openDB(ctx context.Context, path string, opt sqlitedb.Options) (err error) {
	opt.Durability = sqlitedb.Durability(s.opt.Durability)
	opt.Readers, opt.Busy, opt.Log = s.opt.Readers, s.opt.Busy, s.opt.Log
	opt.Check, opt.Closed = s.checkSchema, s.release
	opt.Hooks = s.markLogs(search.Hooks(s.opt.Log))
	s.db, err = sqlitedb.Open(ctx, path, opt)
	s.Index = Index{search.New(s.db, s.opt.ReadOnly), s}
	return err
}

// Close refuses new work with ErrClosed, waits for what runs and for the writes
// that are queued, and closes the store. It waits as long as that takes: it must
// not be called inside View, Update, or a loop over All. See CloseContext.
func (s *Store) Close() error { return s.CloseContext(context.Background()) }

// CloseContext is Close that waits no longer than ctx. When ctx ends first, its
// error comes back and nothing new is accepted; what runs goes on, and the store is
// closed, and its directory free for others, when that has ended. Close or
// CloseContext may be called again to wait for it. With the context of a View or
// Update it is ErrNested.
func (s *Store) CloseContext(ctx context.Context) error { return s.db.Close(ctx) }
