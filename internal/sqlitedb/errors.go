package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What callers branch on, with errors.Is. Classify finds those that SQLite's codes
// mean; ErrClosed, ErrNested and ErrReadOnly come from a DB itself, too.
var (
	// ErrClosed: the DB was closed.
	ErrClosed = errors.New("the store is closed")

	// ErrNested: the DB was used inside its own transaction, where it could wait for
	// itself. Use the Tx that the callback was given.
	ErrNested = errors.New("the store is used inside its own transaction")

	// ErrReadOnly: the DB was opened for reading, or its file, its directory or the
	// disk cannot be written.
	ErrReadOnly = errors.New("the store is read-only")

	// ErrExists: another row has the key, or another value that must be unique.
	ErrExists = errors.New("already exists")

	// ErrCorrupt: the file is damaged or is no database.
	ErrCorrupt = errors.New("the store is damaged")

	// ErrSchema: a statement does not fit the tables of the file: one is gone, or a
	// part of it.
	ErrSchema = errors.New("a table of the store is not as it should be")

	// ErrIndex: a virtual table finds its own tables damaged, as full-text search
	// does. The others are not concerned.
	ErrIndex = errors.New("the search index is damaged")

	// ErrLocked: another program held the file for longer than Options.Busy.
	// Nothing was written; the same call may be repeated.
	ErrLocked = errors.New("the store is in use by another program")

	// ErrFull: the disk, or the quota, is full. Nothing was written.
	ErrFull = errors.New("the disk is full")
)

// markedError is an error of the driver together with the sentinel it means.
// Both are found by errors.Is and errors.As.
type markedError struct {
	mark  error
	cause error
}

func (e *markedError) Error() string {
	if plain, ok := sqlfile.Full(e.cause.Error()); ok && e.mark == ErrFull {
		return plain
	}
	return e.mark.Error() + ": " + e.cause.Error()
}

func (e *markedError) Unwrap() []error { return []error{e.mark, e.cause} }

// Classify marks err with the sentinel that its driver code stands for. Errors
// that are marked already, errors of a context and errors without a meaning
// here come back as they are.
func Classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	mark := meaning(err)
	if mark == nil || errors.Is(err, mark) {
		return err
	}
	return &markedError{mark: mark, cause: err}
}

// meaning returns the sentinel for err, nil if there is none. It is the only
// place that reads the codes of SQLite (https://sqlite.org/rescode.html).
func meaning(err error) error {
	if durable.IsFull(err) {
		return ErrFull
	}
	code, ok := driverCode(err)
	if !ok {
		return nil
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return ErrExists
	case sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA:
		return ErrCorrupt
	case sqlite3.SQLITE_CORRUPT_VTAB:
		return ErrIndex
	case sqlite3.SQLITE_IOERR_SHMSIZE: // there was no room for the -shm
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return ErrLocked
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	case sqlite3.SQLITE_ERROR: // it has no code of its own; there never was a format that is not supported
		if strings.Contains(err.Error(), "unsupported file format") {
			return ErrCorrupt
		}
	}
	return nil
}

// driverCode returns the extended result code of the SQLite error in err.
func driverCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

// IsBusy reports whether err says that another connection holds the lock.
func IsBusy(err error) bool {
	code, ok := driverCode(err)
	return ok && code&0xff == sqlite3.SQLITE_BUSY
}

// IsConstraint reports whether err says that a constraint does not hold.
func IsConstraint(err error) bool {
	code, ok := driverCode(err)
	return ok && code&0xff == sqlite3.SQLITE_CONSTRAINT
}

// unprepared marks the error of a statement that could not be prepared. All statements
// are the program's own, so that it is the tables that are wrong. The text of the
// statement would tell a person nothing.
func unprepared(err error) error {
	if code, ok := driverCode(err); !ok || code&0xff != sqlite3.SQLITE_ERROR {
		return fmt.Errorf("prepare a statement: %w", err)
	}
	return &markedError{mark: ErrSchema, cause: err}
}

// IsMistake reports whether err says that a statement makes no sense in this file,
// because of its words or because a table is not there or cannot be used.
func IsMistake(err error) bool {
	code, ok := driverCode(err)
	return ok && code&0xff == sqlite3.SQLITE_ERROR
}

// Wrap puts what was tried in front of *err and marks driver errors with the
// sentinel they mean. It does nothing when *err is nil. Use:
//
//	defer sqlitedb.Wrap(&err, "get task %q", id)
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), Classify(*err))
	}
}
