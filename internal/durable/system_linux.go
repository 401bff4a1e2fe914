package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(from, to string) error {
	return retry(func() error {
		return unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	})
}

// Flush puts the content of an open file on disk, also of one opened for reading.
// It leaves out its times, which saves a write to the journal.
func Flush(f *os.File) error {
	if err := retry(func() error { return unix.Fdatasync(int(f.Fd())) }); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
