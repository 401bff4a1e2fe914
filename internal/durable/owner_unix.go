//go:build unix

package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// own gives an open new file to whom its directory belongs. Only the superuser can,
// and only they need to.
func own(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	return give(f, dir)
}

// ownDir gives a new directory to whom its parent belongs.
func ownDir(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0) // nothing that took its place
	if err != nil {
		return err
	}
	return errors.Join(own(f), f.Close())
}

// ownLike gives an open file to whom another one belongs, if that is there.
func ownLike(f *os.File, name string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return give(f, info)
}

// give makes a file belong to whom another does. Where owners are fixed by the file
// system, or unknown to it, they stay.
func give(f *os.File, like fs.FileInfo) error {
	was, err := f.Stat()
	if err != nil {
		return err
	}
	is, ok := like.Sys().(*syscall.Stat_t)
	old, known := was.Sys().(*syscall.Stat_t)
	if !ok || !known || is.Uid == old.Uid && is.Gid == old.Gid {
		return nil
	}
	err = f.Chown(int(is.Uid), int(is.Gid))
	if errors.Is(err, fs.ErrPermission) || isUnsupported(err) || errors.Is(err, unix.EROFS) {
		return nil
	}
	return err
}

// OwnLike gives a file to whom another one belongs, if that is there.
func OwnLike(name, like string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(ownLike(f, like), f.Close())
}

// openedAs opens again what the system calls by the number of a descriptor; nil is
// that the name is none of these.
func openedAs(name string) (*os.File, error) {
	n, ok := map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}[name]
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if digits, found := strings.CutPrefix(name, dir); found {
			number, err := strconv.Atoi(digits)
			n, ok = number, err == nil && number >= 0
		}
	}
	if !ok {
		return nil, nil
	}
	fd, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
