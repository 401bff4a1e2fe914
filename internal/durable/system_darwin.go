package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(from, to string) error {
	return unix.RenamexNp(from, to, unix.RENAME_EXCL)
}

// Flush puts the content of an open file on disk, also of one opened for reading.
// It is F_FULLFSYNC: fsync alone leaves the bytes in the drive's cache.
func Flush(f *os.File) error { return syncFile(f) }
