package repo

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// markedError is an error of the driver together with the sentinel it means.
// Both are found by errors.Is and errors.As.
type markedError struct {
	mark  error
	cause error
}

func (e *markedError) Error() string   { return e.mark.Error() + ": " + e.cause.Error() }
func (e *markedError) Unwrap() []error { return []error{e.mark, e.cause} }

// classify marks err with the sentinel that its driver code stands for. Errors
// that are marked already, errors of a context and errors without a meaning of
// ours come back as they are.
func classify(err error) error {
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
	if errors.Is(err, syscall.ENOSPC) {
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

// isBusy reports whether err says that another connection holds the lock.
func isBusy(err error) bool {
	code, ok := driverCode(err)
	return ok && code&0xff == sqlite3.SQLITE_BUSY
}

// isConstraint reports whether err says that a constraint does not hold.
func isConstraint(err error) bool {
	code, ok := driverCode(err)
	return ok && code&0xff == sqlite3.SQLITE_CONSTRAINT
}

// isIndexDamage reports whether err says that tables of the search index are not
// what they should be: FTS5 says so in a code of its own, SQLite in words.
func isIndexDamage(err error) bool {
	code, ok := driverCode(err)
	if !ok {
		return false
	}
	return code == sqlite3.SQLITE_CORRUPT_VTAB || isMissing(err) || code&0xff == sqlite3.SQLITE_ERROR &&
		(strings.Contains(err.Error(), "vtable constructor failed: search") || strings.Contains(err.Error(), "SQL logic error"))
}

// isMissing reports whether err says that a table of the search index is not there.
func isMissing(err error) bool {
	_, ok := driverCode(err)
	return ok && (strings.Contains(err.Error(), "no such table: main.search") || strings.Contains(err.Error(), "no such table: search"))
}
