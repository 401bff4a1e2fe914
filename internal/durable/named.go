package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteNamed writes to what a person named. A symbolic link is followed, also to
// where nothing is yet. A regular file, or nothing, is replaced as by WriteFile;
// the new one is its owner's alone: of the old one, else of who calls. A device, a
// pipe and the like is never replaced: it is written into, and what was written
// before an error has gone there; a pipe is waited for until somebody reads from it.
// A name of an open file, such as /dev/stdout, is that file, where it stands. What
// processes that were killed had begun to write there in its place is removed.
func WriteNamed(name string, write func(io.Writer) error) error {
	if f, err := openedAs(name); f != nil || err != nil {
		if err == nil {
			err = errors.Join(write(f), f.Close())
		}
		return err
	}
	info, err := os.Stat(name) // where a link of the system leads, only it knows
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Mode().IsRegular():
		return replaceNamed(name, write)
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: name, Err: syscall.EISDIR}
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil && info.Mode()&(fs.ModeDevice|fs.ModeCharDevice) == fs.ModeDevice {
		err = f.Sync() // a disk
	}
	return errors.Join(err, f.Close())
}

// replaceNamed is WriteFile for what links lead to.
func replaceNamed(name string, write func(io.Writer) error) error {
	name, err := follow(name)
	if err != nil {
		return err
	}
	removeLeft(name)
	f, err := os.CreateTemp(filepath.Dir(name), namedPattern(name)) // 0600
	if err != nil {
		return err
	}
	release := holdNamed(f.Name())
	return errors.Join(replaceBy(f, name, write), release())
}

// mostLinks is how long a chain of links may be, as on Linux.
const mostLinks = 40

// follow goes along links to the true name of where nothing or no link is.
func follow(name string) (end string, err error) {
	for range mostLinks {
		dir, base := filepath.Split(name)
		if dir == "" {
			dir = "."
		}
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return "", err
		}
		end = filepath.Join(dir, base)
		info, err := os.Lstat(end)
		if errors.Is(err, fs.ErrNotExist) {
			return end, nil
		}
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return end, err
		}
		if name, err = os.Readlink(end); err != nil {
			return "", err
		}
		if !filepath.IsAbs(name) {
			name = dir + string(filepath.Separator) + name // not Join: of a linked directory, .. is elsewhere
		}
	}
	return "", fmt.Errorf("%s: too many links", name)
}
