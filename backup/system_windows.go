package backup

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isFull knows how the system says that there is no room.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// syncDir does nothing: Windows cannot flush a directory, NTFS keeps a journal
// of its names.
func syncDir(string) error { return nil }
