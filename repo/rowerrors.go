package repo

import "errors"

var (
	// errNotFound: there is no such record.
	errNotFound = errors.New("not found")

	// errConflict: the record was changed by somebody else after it was read.
	errConflict = errors.New("changed since it was read")
)
