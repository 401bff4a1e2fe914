package blobs

import (
	"errors"
	"fmt"
	"io/fs"

	"taskstore/internal/durable"
)

// Errors that callers branch on with errors.Is. A write to a directory that may not be written gives fs.ErrPermission.
var (
	// ErrNotFound: no file holds this content.
	ErrNotFound = errors.New("content not found")
	// ErrCorrupt: the file is there and does not hold the content it is named for. A Put of the content repairs it.
	ErrCorrupt = errors.New("content is damaged")
	// ErrFull: the disk or the user's quota is full. The cause (ENOSPC, EDQUOT, ERROR_DISK_FULL) is wrapped too.
	ErrFull = errors.New("disk full")
	// ErrChanged: a file was written to each time that it was read; nothing of it is kept.
	ErrChanged = durable.ErrChanged
	// ErrBadHash: the argument is not 64 lower-case hexadecimal digits.
	ErrBadHash = errors.New("not a SHA-256 in 64 lower-case hexadecimal digits")
)

// errFlush: a file is whole and could not be put on disk. That is no damage of its bytes, and replacing it would hide that
// the disk fails.
var errFlush = errors.New("it cannot be put on disk")

// A ForeignError names something in the directory that is neither a blob nor a part of the layout. It is left alone.
type ForeignError struct {
	Path string // relative to the directory
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%q does not belong into a blob directory", e.Path)
}

// wrap says what was tried and gives system errors the names that callers know.
func wrap(err *error, format string, args ...any) {
	if *err == nil {
		return
	}
	what := fmt.Sprintf(format, args...)
	switch {
	case durable.IsFull(*err) && !errors.Is(*err, ErrFull):
		*err = fmt.Errorf("%s: %w: %w", what, ErrFull, *err)
	case durable.IsReadOnly(*err) && !errors.Is(*err, fs.ErrPermission):
		*err = fmt.Errorf("%s: %w: %w", what, fs.ErrPermission, *err)
	default:
		*err = fmt.Errorf("%s: %w", what, *err)
	}
}
