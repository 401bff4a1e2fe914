// Package blobs is a content-addressed directory: each distinct content is kept once, in a file named by the SHA-256 of
// its plain bytes.
//
//	DIR/3f/3f9a…c1       a content kept as it is
//	DIR/8b/8b02…77.zst   a content kept as a zstd stream, with its plain size in a trailer
//	DIR/tmp/             contents on their way in; never taken for blobs
//	DIR/trash/           contents that were taken out and can be brought back
//
// A Put that returned is durable: the bytes, the name and every directory above it were flushed before. A file under a
// blob's name is complete from the moment it has that name, whatever happens to the process or the machine. Files are
// read-only and are never changed; only a damaged one is replaced, by the content its name promises.
//
// Any number of goroutines and processes may use one directory at the same time. Memory does not depend on the size of
// contents. DESIGN.md tells the order of operations and why it is that one.
package blobs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Zstd is the Encoding of a content that is kept as a zstd stream.
const Zstd = "zstd"

const (
	tempDir    = "tmp"
	trashDir   = "trash"
	damagedDir = "damaged"
	tempPrefix = "put-"
	tempSuffix = ".tmp"
	zstdSuffix = ".zst"
	hashLen    = 64
)

// Info describes one content and how it is kept.
type Info struct {
	SHA256   string // of the plain bytes: 64 lower-case hexadecimal digits
	Size     int64  // of the plain bytes
	Stored   int64  // size of the file that holds it
	Encoding string // "" or Zstd
}

// Options says how to open a directory. The zero value creates what is missing and allows writing.
type Options struct {
	// ReadOnly opens an existing directory without creating or removing anything; Put fails with fs.ErrPermission.
	ReadOnly bool

	// TempAge is how old a leftover temporary file must be before Open removes it; 0 means 24 hours. A file that is
	// removed under a live writer costs that writer an error, never a content.
	TempAge time.Duration

	// NoSync leaves it to the operating system when things reach the disk: for directories whose loss does not matter,
	// and for measuring what flushing costs. A loss of power may then leave files that are not what their name says.
	NoSync bool
}

// Dir is an open directory of blobs. It holds no resources, needs no closing, and may be used by many goroutines.
type Dir struct {
	root     string
	fsys     fileSystem
	readOnly bool
	fans     [256]atomic.Bool // fan-out directories whose entry in root was flushed since this Dir saw them
}

// Open opens the directory, making it and its parents durably if they are missing, and removes temporary files that
// were left behind by a crash. Errors keep their cause: fs.ErrPermission, fs.ErrNotExist (ReadOnly only), ErrFull.
func Open(dir string, opt Options) (_ *Dir, err error) {
	defer wrap(&err, "open blob directory %q", dir)
	if dir == "" {
		return nil, errors.New("no directory named")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if opt.NoSync {
		return openOn(noSyncFS{}, root, opt)
	}
	return openOn(osFS{}, root, opt)
}

func openOn(fsys fileSystem, root string, opt Options) (*Dir, error) {
	d := &Dir{root: root, fsys: fsys, readOnly: opt.ReadOnly}
	if opt.ReadOnly {
		info, err := fsys.lstat(root)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			return nil, &fs.PathError{Op: "open", Path: root, Err: syscall.ENOTDIR}
		}
		return d, nil
	}
	if err := makeDirs(fsys, filepath.Join(root, tempDir)); err != nil {
		return nil, err
	}
	if err := settle(fsys, root); err != nil {
		return nil, err
	}
	age := opt.TempAge
	if age == 0 {
		age = 24 * time.Hour
	}
	return d, d.removeTemps(time.Now().Add(-age))
}

// makeDirs makes a directory and its missing parents. Each new name is flushed before anything relies on it.
func makeDirs(fsys fileSystem, path string) error {
	err := fsys.mkdir(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := makeDirs(fsys, filepath.Dir(path)); err != nil {
			return err
		}
		err = fsys.mkdir(path)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return fsys.syncDir(filepath.Dir(path))
}

// settle flushes the name of a root that was already there: another process may have made it a moment ago. A parent
// that may not be read was not made by this user, and is left alone.
func settle(fsys fileSystem, root string) error {
	err := fsys.syncDir(filepath.Dir(root))
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// removeTemps removes temporary files last written before the given time. Only names that createTemp makes are touched.
func (d *Dir) removeTemps(before time.Time) error {
	dir := filepath.Join(d.root, tempDir)
	entries, err := d.fsys.readDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || !strings.HasPrefix(name, tempPrefix) || !strings.HasSuffix(name, tempSuffix) {
			continue
		}
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = d.fsys.remove(filepath.Join(dir, name))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// checkHash refuses everything but 64 lower-case hexadecimal digits, so that no argument ever becomes a path.
func checkHash(sum string) error {
	if !IsHash(sum) {
		return fmt.Errorf("%w: %.80q", ErrBadHash, sum)
	}
	return nil
}

// IsHash tells whether a content can have this name: 64 lower-case hexadecimal digits.
func IsHash(sum string) bool { return len(sum) == hashLen && isHex(sum) }

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// fan is the fan-out directory of a content.
func (d *Dir) fan(sum string) string {
	return filepath.Join(d.root, sum[:2])
}

// path is where a content is kept in one encoding.
func (d *Dir) path(sum, encoding string) string {
	return filepath.Join(d.fan(sum), fileName(sum, encoding))
}

func fileName(sum, encoding string) string {
	if encoding == Zstd {
		return sum + zstdSuffix
	}
	return sum
}
