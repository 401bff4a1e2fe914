//go:build !windows

package putback

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// othersLock tells whether another process holds one of SQLite's locks on a file.
// Closing the file drops those of this process: it must have no connection to it
// that matters.
func othersLock(db string) (bool, error) {
	f, err := os.Open(db)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: lockByte, Len: lockBytes}
	err = unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock)
	return lock.Type != unix.F_UNLCK, err
}
