//go:build unix && !linux && !darwin

package blobs

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(_, _ string) error { return unix.ENOSYS }

func syncData(f *os.File, _ bool) error { return f.Sync() }
