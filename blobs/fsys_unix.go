//go:build unix

package blobs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

func isReadOnlyFS(err error) bool {
	return errors.Is(err, unix.EROFS)
}

func publish(from, to string) error {
	err := renameExclusive(from, to)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return publishByLink(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// publishByLink is for file systems without an exclusive rename. Those without hard links either (FAT) get a look and a
// rename: what another process puts there in between is the same content, so that nothing is lost.
func publishByLink(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

func replace(from, to string) error { return os.Rename(from, to) }

// syncDir flushes the names in a directory. File systems that cannot (some network ones) say EINVAL or ENOTSUP.
func syncDir(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}
