package blobs

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(from, to string) error {
	return unix.RenamexNp(from, to, unix.RENAME_EXCL)
}

// syncData is F_FULLFSYNC here: fsync alone leaves the bytes in the drive's cache.
func syncData(f *os.File, _ bool) error { return f.Sync() }
