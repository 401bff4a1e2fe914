//go:build unix

package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// IsFull tells that the disk, or what its user may have of it, is full.
func IsFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// IsFault tells that the disk, or the way to it, failed.
func IsFault(err error) bool { return errors.Is(err, unix.EIO) }

// IsReadOnly tells that the disk cannot be written by anybody.
func IsReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }

// Publish gives a file another name, which must be free: else it is fs.ErrExist,
// and both stay as they are. The name is on disk after SyncDir. Where the system
// has neither an exclusive rename nor hard links, what another puts there at the
// same moment may be replaced.
func Publish(from, to string) error {
	err := renameExclusive(from, to)
	if isUnsupported(err) {
		return publishByLink(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

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

// Replace gives a file another name, in place of what has it: whoever looks sees
// the one or the other. It is on disk after SyncDir.
func Replace(from, to string) error { return os.Rename(from, to) }

// SyncDir puts the names in a directory on disk.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = syncFile(f)
	if isUnsupported(err) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// syncFile puts all that is known of an open file on disk. On macOS that is
// F_FULLFSYNC, which not every file system has: there it is fsync.
func syncFile(f *os.File) error {
	err := f.Sync()
	if isUnsupported(err) {
		err = unix.Fsync(int(f.Fd()))
	}
	return err
}

// isUnsupported tells that the file system has no such thing.
func isUnsupported(err error) bool {
	for _, no := range []error{unix.EINVAL, unix.ENOTSUP, unix.ENOSYS, unix.ENOTTY} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// Writable tells whether names can be made in a directory, by this user and on this disk.
func Writable(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }
