package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/pattern"
	"taskstore/internal/sqlfile"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// lockWait is how long Up waits for another process. Tests shorten it.
var lockWait = 30 * time.Second

// Up applies what is pending to the store in the file db and creates the file
// when there is none; the directory must exist. When nothing is pending it
// does nothing. The Status returned is the one afterwards, and all that it
// names as applied is on disk.
//
// Up uses a connection of its own and waits for another Up on the lock file
// db.migrate.lock, which stays. The caller sees to it that nobody else has the
// store open.
//
// A store with content is copied first (Options.Snapshot; when that fails
// nothing is migrated), and put back when a file cannot be applied or loses
// something: then the error is ErrFailed, joined with the cause. Of a store
// that was created here nothing remains. When the process dies meanwhile, the
// store is at the end of some file, and Up goes on from there.
func Up(ctx context.Context, db string, opt Options) (st Status, err error) {
	defer wrap(&err, "migrate %s", db)
	files, err := opt.files()
	if err != nil {
		return Status{}, err
	}
	st, err = standing(ctx, db, files)
	if err != nil || len(st.Pending) == 0 {
		return st, err
	}
	unlock, err := lock(ctx, db)
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	st, err = standing(ctx, db, files) // someone may have been faster
	if err != nil || len(st.Pending) == 0 {
		return st, err
	}
	r := run{db: db, files: files, opt: opt}
	return r.up(ctx, st)
}

// standing is Read for a caller who is about to write anyway.
func standing(ctx context.Context, db string, files []file) (Status, error) {
	if _, err := os.Stat(db); errors.Is(err, fs.ErrNotExist) {
		return compare(nil, files)
	}
	pool, err := open(ctx, db, "rw")
	if err != nil {
		return Status{}, err
	}
	st, err := status(ctx, pool, files)
	return st, errors.Join(err, pool.Close())
}

// lock keeps other processes from migrating the same store.
func lock(ctx context.Context, db string) (unlock func() error, err error) {
	unlock, err = durable.Lock(ctx, db+".migrate.lock", durable.Exclusive, durable.UntilEnd(ctx, lockWait))
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return unlock, err
}

// open makes a pool of one connection. Foreign keys are off on it: inside a
// transaction they cannot be switched off, and with them rebuilding a table
// deletes its children.
func open(ctx context.Context, db, mode string) (*sql.DB, error) {
	return sqlfile.Open(db, "mode="+mode+"&_txlock=immediate&"+busyPragma(ctx)+
		"&_pragma=foreign_keys(0)&_pragma=synchronous(full)&_pragma=fullfsync(1)&"+sqlfile.CutLog)
}

// run is one migration of one store.
type run struct {
	db      string
	files   []file
	opt     Options
	putBack func(context.Context) error
}

func (r *run) up(ctx context.Context, before Status) (Status, error) {
	_, statErr := os.Stat(r.db)
	created := errors.Is(statErr, fs.ErrNotExist)
	if created {
		// SQLite would let others read it; it gives the -wal the mode of the database.
		if err := durable.Create(r.db, func(*os.File) error { return nil }); err != nil {
			return before, err
		}
	}
	pool, err := open(ctx, r.db, "rw")
	if err != nil {
		return before, err
	}
	if err := r.snapshot(ctx, pool, before); err != nil {
		return before, errors.Join(err, pool.Close(), r.discard(created))
	}
	after, err := r.apply(ctx, pool)
	err = errors.Join(withoutSQL(err), pool.Close())
	if err == nil {
		return after, nil
	}
	if isBusy(err) {
		if !partly(err) {
			return before, fmt.Errorf("%w: %w", ErrLocked, err) // nothing was applied
		}
		err = fmt.Errorf("%w: %w", ErrLocked, err)
	}
	err = fmt.Errorf("%w: %w", ErrFailed, err)
	if undo := r.undo(context.WithoutCancel(ctx), created); undo != nil {
		err = errors.Join(err, fmt.Errorf("put back the store: %w", undo))
	}
	return before, err
}

// snapshot has the store copied if there is anything in it. A write by someone
// else since would be lost by putting the copy back, so it ends the migration.
func (r *run) snapshot(ctx context.Context, pool *sql.DB, before Status) error {
	if before.Current == 0 {
		content, err := hasContent(ctx, pool)
		if err != nil || !content {
			return err
		}
	}
	if r.opt.Snapshot == nil {
		return errors.New("a store with content is not migrated without a snapshot")
	}
	was, err := dataVersion(ctx, pool)
	if err != nil {
		return err
	}
	putBack, err := r.opt.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("snapshot before migrating: %w", err)
	}
	is, err := dataVersion(ctx, pool)
	if err != nil {
		return err
	}
	if is != was {
		return fmt.Errorf("%w: it changed while it was copied", ErrLocked)
	}
	r.putBack = putBack
	return nil
}

// dataVersion changes when another connection commits.
func dataVersion(ctx context.Context, pool *sql.DB) (v int64, err error) {
	err = pool.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&v)
	return v, err
}

func (r *run) apply(ctx context.Context, pool *sql.DB) (Status, error) {
	var mode string
	if err := pool.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return Status{}, err
	}
	if mode != "wal" {
		return Status{}, fmt.Errorf("journal mode is %s, and WAL cannot be had here", mode)
	}
	provider, err := r.provider(ctx, pool)
	if err != nil {
		return Status{}, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return Status{}, err
	}
	for _, res := range results {
		r.opt.log().LogAttrs(ctx, slog.LevelInfo, "migration applied",
			slog.String("file", res.Source.Path), slog.Duration("took", res.Duration))
	}
	return status(ctx, pool, r.files)
}

func (r *run) provider(ctx context.Context, pool *sql.DB) (*goose.Provider, error) {
	guard, err := newGuard(ctx, pool)
	if err != nil {
		return nil, err
	}
	l := &ledger{files: make(map[int64]file, len(r.files)), guard: guard}
	for _, f := range r.files {
		l.files[f.Version] = f
	}
	fsys := r.opt.FS
	if fsys == nil {
		fsys = embedded
	}
	return goose.NewProvider("", pool, fsys, goose.WithStore(l),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

// undo brings back what was there before; every connection is closed.
func (r *run) undo(ctx context.Context, created bool) error {
	if r.putBack != nil {
		return r.putBack(ctx)
	}
	if !created {
		// An empty database: empty it again, the file itself was there.
		if err := durable.Empty(r.db); err != nil {
			return err
		}
	}
	return errors.Join(remove(r.db+"-wal"), remove(r.db+"-shm"), remove(r.db+"-journal"), r.discard(created))
}

// discard removes a database file that was created here.
func (r *run) discard(created bool) error {
	if !created {
		return nil
	}
	return remove(r.db)
}

// remove is os.Remove for a file that need not be there.
func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var quotedSQL = pattern.Of(`failed to execute SQL query "(?:\\.|[^"\\])*": `)

// withoutSQL is the error without the statement that failed, which tells a person nothing.
func withoutSQL(err error) error {
	if err == nil || !quotedSQL.MatchString(err.Error()) {
		return err
	}
	return &briefError{quotedSQL.ReplaceAllString(err.Error(), ""), err}
}

type briefError struct {
	text string
	err  error
}

func (e *briefError) Error() string { return e.text }
func (e *briefError) Unwrap() error { return e.err }

// isBusy says that someone else was writing.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// partly says that some files were applied before the one that failed.
func partly(err error) bool {
	var e *goose.PartialError
	return errors.As(err, &e) && len(e.Applied) > 0
}
