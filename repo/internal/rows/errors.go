package rows

import "errors"

var (
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("not found")

	// ErrConflict: the record was changed by somebody else after it was read.
	ErrConflict = errors.New("changed since it was read")
)
