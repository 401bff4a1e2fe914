package repo

import (
	"errors"
	"syscall"
)

const errorWriteProtect = syscall.Errno(19)

// isReadOnlyFS reports whether err says that the file system cannot be written.
func isReadOnlyFS(err error) bool { return errors.Is(err, errorWriteProtect) }
