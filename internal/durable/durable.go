// Package durable is for files that survive: a crash of the program, of the
// system, and other programs that do the same at the same moment. What it makes
// is for its owner alone: directories are 0700 and files 0600 from their first
// moment.
//
// What the superuser makes belongs to whom the directory belongs that it is made
// in, so that a program that was run once with more rights locks nobody out of what
// is theirs.
//
// Each function says what is on disk when it returns. A file system that cannot
// flush a directory (FAT, some network ones) is taken as it is: there a name may
// be lost with the power, what stands under a name is whole all the same.
//
// It knows nothing of stores, backups or contents.
package durable

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MakeDir makes a directory and its missing parents; one that is there stays as
// it is. The names of those that were made are on disk when it returns.
func MakeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MakeDir(parent); err != nil {
			return err
		}
	}
	if err := Mkdir(dir); err != nil && !isDir(dir, err) {
		return err
	}
	return SyncDir(parent) // also of one that another process made a moment ago
}

// isDir tells that making a directory failed because there is one.
func isDir(dir string, err error) bool {
	info, stat := os.Stat(dir)
	return errors.Is(err, fs.ErrExist) && stat == nil && info.IsDir()
}

// Create makes a file with what write writes to it. One that is there is
// fs.ErrExist, and stays. Content and name are on disk when it
// returns; when it fails nothing remains.
func Create(name string, write func(*os.File) error) (err error) {
	f, err := New(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	if err := finish(f, write); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(name))
}

// WriteFile makes a file, or puts another in its place, with what write writes; the
// new one belongs to whom the old one did.
// Whoever looks sees the old or the new one, whole. The new one and its name are
// on disk when it returns; when it fails before it could be put in place, the old
// one is as it was and nothing else remains. When the process dies, a hidden file
// named after it, with the ending .tmp, may remain.
func WriteFile(name string, write func(io.Writer) error) error {
	f, err := Temp(filepath.Dir(name), tempPattern(name))
	if err != nil {
		return err
	}
	return replaceBy(f, name, write)
}

// tempPattern names the new file after the old one, as far as a name may be long: 255 bytes on
// most file systems.
func tempPattern(name string) string {
	base := filepath.Base(name)
	if len(base) > 200 {
		base = strings.ToValidUTF8(base[:200], "")
	}
	return "." + base + "-*.tmp"
}

// replaceBy fills a new file and puts it in the place of another, whose owner it gets.
func replaceBy(f *os.File, name string, write func(io.Writer) error) error {
	err := finish(f, func(f *os.File) error {
		if err := ownLike(f, name); err != nil {
			return err
		}
		return write(f)
	})
	if err == nil {
		err = Replace(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(name))
}

// finish writes a new file, puts its content on disk and closes it.
func finish(f *os.File, write func(*os.File) error) error {
	err := write(f)
	if err == nil {
		err = syncFile(f)
	}
	return errors.Join(err, f.Close())
}

// Reader is r until ctx ends, and then its error: reading from it is a copy that
// a context ends.
func Reader(ctx context.Context, r io.Reader) io.Reader { return reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// CopyFile copies a file to a new one, like Create, until ctx ends.
func CopyFile(ctx context.Context, from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	return Create(to, func(f *os.File) error {
		_, err := io.Copy(f, Reader(ctx, src))
		return err
	})
}
