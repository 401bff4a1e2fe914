//go:build !windows

package backup

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes this user may still write to a directory's disk.
func freeSpace(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

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
