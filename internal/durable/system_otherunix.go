//go:build unix && !linux && !darwin

package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(_, _ string) error { return unix.ENOSYS }

// Flush puts the content of an open file on disk, also of one opened for reading.
func Flush(f *os.File) error { return f.Sync() }
