// Package migrations brings the schema of a store up to date.
//
// A migration is a numbered SQL file, 00001_name.sql, embedded in the program.
// Each file runs in one transaction together with its entry in schema_files
// and with the checks of what it did, so a store is always at the end of some
// file, never inside one. Files that were applied may not change any more:
// their checksums are kept, and a difference stops everything.
//
// A file is SQL after a line "-- +goose Up". Triggers stand between
// "-- +goose StatementBegin" and "-- +goose StatementEnd". Foreign keys are
// not enforced while a file runs, so a table may be rebuilt without losing
// its children; they are checked before it is committed. No table may lose
// rows, unless the file says so in a line of its own:
//
//	-- rows: old_table may shrink
package migrations

import (
	"github.com/pressly/goose/v3/database"

	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"taskstore/internal/durable"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

//go:embed *.sql
var embedded embed.FS

var (
	// ErrTooNew means that the store was migrated by a newer program than
	// this one. Nothing was changed.
	ErrTooNew = errors.New("store is newer than this program")

	// ErrChanged means that the list of applied files does not fit the files
	// of this program: one was edited, removed or put in between.
	ErrChanged = errors.New("applied migration changed")

	// ErrLocked means that another process is migrating the store or writing
	// to it.
	ErrLocked = errors.New("store is being migrated or written by another process")

	// ErrFailed means that a migration was begun and did not succeed. The
	// store is as it was before, unless the error also says that putting it
	// back failed.
	ErrFailed = errors.New("migration failed")

	// ErrDamaged means that the tables are those of a store, and the list of
	// applied files does not say so: it was changed by something else than this
	// package. Mend puts it right.
	ErrDamaged = errors.New("the list of applied migrations is damaged")

	// ErrNotStore means that the file is a database with content of its own
	// that no migration of ours made.
	ErrNotStore = errors.New("database is not a store")
)

// Migration is one numbered file.
type Migration struct {
	Version   int64  `db:"version"`
	Name      string `db:"name"`       // file name
	SHA256    string `db:"sha256"`     // of the file with line ends as \n, in hexadecimal
	AppliedAt string `db:"applied_at"` // "2006-01-02T15:04:05.000Z", empty if it was not applied
}

// Status says where a store stands.
type Status struct {
	Current int64       // version of the store, 0 when nothing was applied
	Target  int64       // version of the newest file this program knows
	Applied []Migration // as the store remembers them, by version
	Pending []Migration // what Up would apply, in that order
}

// Options says how to migrate. Only a new store can do with the zero value.
type Options struct {
	// Log is told about each file applied. Nil is silent.
	Log *slog.Logger

	// Snapshot makes a copy of the store before anything is applied to it
	// and returns what puts the copy back. It is called for a store that has
	// something to lose, and must be set then. The function returned is
	// called at most once, with every connection of this package closed,
	// and with a context that is not cancelled.
	Snapshot func(context.Context) (putBack func(context.Context) error, err error)

	// FS holds the files. Nil means those embedded in the program.
	FS fs.FS
}

// own gives the files of the program. They are looked at when they are first asked
// for; callers do not change them.
var own = sync.OnceValues(func() ([]file, error) { return load(embedded) })

func (o Options) files() ([]file, error) {
	if o.FS == nil {
		return own()
	}
	return load(o.FS)
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Read says where the store in the file db stands, without writing to it and
// without leaving files beside it, also when a writer is at work or has
// crashed. A missing file is fs.ErrNotExist. With ErrTooNew and ErrChanged the
// Status is filled all the same. See ReadOnly for
// ErrDisturbed.
func Read(ctx context.Context, db string) (st Status, err error) {
	defer wrap(&err, "read schema version of %s", db)
	files, err := Options{}.files()
	if err != nil {
		return Status{}, err
	}
	return read(ctx, db, files)
}

// ReadOpen is Read for a store that the caller has open already.
func ReadOpen(ctx context.Context, db database.DBTxConn) (st Status, err error) {
	defer wrap(&err, "read schema version")
	files, err := Options{}.files()
	if err != nil {
		return Status{}, err
	}
	return status(ctx, db, files)
}

func read(ctx context.Context, db string, files []file) (st Status, err error) {
	way, err := ReadOnly(ctx, db, func() (string, error) {
		return durable.TempDir("", "taskstore-read-")
	})
	if err != nil {
		return Status{}, err
	}
	defer func() { err = errors.Join(err, way.Done()) }()
	return way.status(ctx, files)
}

// status reads where the store stands that the access opens.
func (a Access) status(ctx context.Context, files []file) (st Status, err error) {
	dsn, err := a.dsn(ctx)
	if err != nil {
		return Status{}, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return Status{}, err
	}
	defer pool.Close()
	return status(ctx, pool, files)
}

// status reads the list of applied files and holds it against the files.
func status(ctx context.Context, db querier, files []file) (Status, error) {
	known, err := listed(ctx, db)
	if err == nil && !known {
		known, err = appeared(ctx, db)
	}
	if err != nil {
		return Status{}, err
	}
	var applied []Migration
	if known {
		if applied, err = appliedFiles(ctx, db); err != nil {
			return Status{}, err
		}
	}
	st, err := compare(applied, files)
	if err == nil && len(st.Pending) == 0 || errors.Is(err, ErrTooNew) && hasAll(applied, files) {
		return st, err
	}
	if damaged, look := belied(ctx, db, len(applied)); look != nil || !damaged {
		return st, errors.Join(err, look)
	}
	return st, damagedList(err)
}

// appeared looks at a database without the list of applied files: it is new, or
// another process has made a store of it between two looks.
func appeared(ctx context.Context, db querier) (known bool, err error) {
	strange, err := hasContent(ctx, db)
	if err != nil || !strange {
		return false, err
	}
	if known, err = listed(ctx, db); err != nil || known {
		return known, err
	}
	if _, some, err := tablesThere(ctx, db); err != nil || some {
		return false, errors.Join(err, damagedList(nil))
	}
	return false, fmt.Errorf("%w: it has content and no table schema_files", ErrNotStore)
}

// compare finds what is pending, or why nothing may be applied.
func compare(applied []Migration, files []file) (Status, error) {
	st := Status{Applied: applied, Target: files[len(files)-1].Version}
	if n := len(applied); n > 0 {
		st.Current = applied[n-1].Version
	}
	if st.Current > st.Target {
		return st, fmt.Errorf("%w: it is at version %d, the program knows versions up to %d",
			ErrTooNew, st.Current, st.Target)
	}
	byVersion := make(map[int64]Migration, len(applied))
	for _, m := range applied {
		byVersion[m.Version] = m
	}
	for _, f := range files {
		was, ok := byVersion[f.Version]
		switch {
		case !ok && f.Version < st.Current:
			return st, fmt.Errorf("%w: %s was not applied, though the store is at version %d",
				ErrChanged, f.Name, st.Current)
		case !ok:
			st.Pending = append(st.Pending, f.Migration)
		case was.SHA256 != f.SHA256:
			return st, fmt.Errorf("%w: %s is not the file that was applied on %s",
				ErrChanged, f.Name, was.AppliedAt)
		}
		delete(byVersion, f.Version)
	}
	for _, m := range byVersion {
		return st, fmt.Errorf("%w: %s was applied and does not exist any more", ErrChanged, m.Name)
	}
	return st, nil
}

// wrap puts what was tried in front of an error.
func wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}
