package blobs

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

func isReadOnlyFS(err error) bool {
	return errors.Is(err, windows.ERROR_WRITE_PROTECT)
}

func publish(from, to string) error {
	return move(from, to, windows.MOVEFILE_WRITE_THROUGH)
}

// replace takes the read-only attribute from the damaged file first: Windows replaces no read-only file.
func replace(from, to string) error {
	if err := os.Chmod(to, 0o666); err != nil {
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

// syncData can only flush what was opened for writing; a file that was not has been flushed by who published it.
func syncData(f *os.File, written bool) error {
	if !written {
		return nil
	}
	return f.Sync()
}

// syncDir does nothing: Windows has no such call, and the write-through of a move takes its place.
func syncDir(string) error { return nil }
