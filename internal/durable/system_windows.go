package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// IsFull tells that the disk, or what its user may have of it, is full.
func IsFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// IsFault tells that the disk, or the way to it, failed.
func IsFault(err error) bool {
	for _, fault := range []error{windows.ERROR_IO_DEVICE, windows.ERROR_CRC, windows.ERROR_READ_FAULT, windows.ERROR_WRITE_FAULT, windows.ERROR_NOT_READY} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// IsReadOnly tells that the disk cannot be written by anybody.
func IsReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// Publish gives a file another name, which must be free: else it is fs.ErrExist,
// and both stay as they are. The name is on disk when it returns.
func Publish(from, to string) error { return move(from, to, windows.MOVEFILE_WRITE_THROUGH) }

// Replace gives a file another name, in place of what has it: whoever looks sees
// the one or the other. It is on disk when it returns. Windows replaces no
// read-only file, so that this attribute is taken from it first.
func Replace(from, to string) error {
	if err := os.Chmod(to, 0o666); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return move(from, to, windows.MOVEFILE_WRITE_THROUGH|windows.MOVEFILE_REPLACE_EXISTING)
}

func move(from, to string, flags uint32) error {
	old, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(old, name, flags); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// SyncDir does nothing: Windows has no such call, and the write-through of a move
// takes its place.
func SyncDir(string) error { return nil }

func syncFile(f *os.File) error { return f.Sync() }

// Flush puts the content of an open file on disk. Windows refuses that for one
// opened for reading: who wrote it has flushed it.
func Flush(f *os.File) error {
	if err := f.Sync(); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// Writable tells whether names can be made in a directory, by this user and on this disk.
func Writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".writable-*.tmp")
	if err != nil {
		return false
	}
	return errors.Join(f.Close(), os.Remove(f.Name())) == nil
}
