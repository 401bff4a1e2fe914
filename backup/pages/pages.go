// Package pages copies a database file while it is in use and says whether a
// copy is sound. Its one idea is that a copy counts for nothing until it was
// looked at: SQLite checks its structure, and where nobody wrote meanwhile it
// is compared with what was copied. It knows files, pages and numbers of rows,
// nothing of what is in them, and nothing of where copies are kept or how they
// are put back.
package pages

import (
	"errors"
	"fmt"
	"strings"

	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrCorrupt means that a file is not a whole and sound database.
	ErrCorrupt = errors.New("database is damaged")

	// ErrFull means that the disk, or one's share of it, is full.
	ErrFull = errors.New("disk is full")

	// ErrDiffers means that a copy is not equal to what was copied.
	ErrDiffers = errors.New("copy differs from the store")
)

// Wrap puts what was tried in front of an error, and says in our words what
// the system and SQLite each have their own codes for.
func Wrap(err *error, format string, args ...any) {
	if *err == nil {
		return
	}
	*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	var e *sqlite.Error
	code := 0
	if errors.As(*err, &e) {
		code = e.Code() & 0xff
	}
	switch {
	case durable.IsFull(*err) || code == sqlite3.SQLITE_FULL || e != nil && e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE:
		*err = mark(*err, ErrFull)
	case code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB || IsNoFormat(*err):
		*err = mark(*err, ErrCorrupt)
	}
}

// IsNoFormat tells whether SQLite finds that a database has a format that there never was, for which it has no code.
func IsNoFormat(err error) bool { return strings.Contains(err.Error(), "unsupported file format") }

// mark makes err also be the sentinel.
func mark(err, sentinel error) error {
	if errors.Is(err, sentinel) {
		return err
	}
	if plain, ok := sqlfile.Full(err.Error()); ok && sentinel == ErrFull {
		return &fullError{plain, err}
	}
	return fmt.Errorf("%w: %w", err, sentinel)
}

// fullError is an ErrFull in plain words.
type fullError struct {
	text string
	err  error
}

func (e *fullError) Error() string   { return e.text }
func (e *fullError) Unwrap() []error { return []error{ErrFull, e.err} }
