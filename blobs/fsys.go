package blobs

import (
	"io"
	"io/fs"
	"os"

	"taskstore/internal/durable"
)

// fileSystem is what a Dir asks of the operating system. Tests put a layer here that forgets what was not flushed,
// runs out of space, or refuses to write.
type fileSystem interface {
	mkdir(name string) error
	create(name string) (file, error) // new, read-only by mode, open for writing
	open(name string) (file, error)   // for reading
	lstat(name string) (fs.FileInfo, error)
	readDir(name string) ([]fs.DirEntry, error) // sorted by name
	publish(from, to string) error              // rename that fails with fs.ErrExist when there is something
	link(from, to string) error                 // a second name, which fails likewise
	replace(from, to string) error              // rename over whatever is there, atomically
	remove(name string) error
	syncDir(name string) error // makes the names in a directory durable
}

// file is an open file. Sync makes its bytes and its size durable, also for a file opened for reading.
type file interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Sync() error
	Stat() (fs.FileInfo, error)
}

// osFS is the operating system's file system.
type osFS struct{}

func (osFS) mkdir(name string) error                    { return durable.Mkdir(name) }
func (osFS) lstat(name string) (fs.FileInfo, error)     { return os.Lstat(name) }
func (osFS) readDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
func (osFS) remove(name string) error                   { return os.Remove(name) }
func (osFS) publish(from, to string) error              { return durable.Publish(from, to) }
func (osFS) link(from, to string) error                 { return durable.Link(from, to) }
func (osFS) replace(from, to string) error              { return durable.Replace(from, to) }
func (osFS) syncDir(name string) error                  { return durable.SyncDir(name) }

func (osFS) create(name string) (file, error) {
	f, err := durable.NewSealed(name)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) open(name string) (file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// osFile flushes with the cheapest call that keeps bytes and size.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return durable.Flush(f.File) }

// noSyncFS is the operating system without flushes.
type noSyncFS struct{ osFS }

type noSyncFile struct{ file }

func (noSyncFS) syncDir(string) error { return nil }
func (noSyncFile) Sync() error        { return nil }

func (n noSyncFS) create(name string) (file, error) {
	f, err := n.osFS.create(name)
	return noSyncFile{f}, err
}

func (n noSyncFS) open(name string) (file, error) {
	f, err := n.osFS.open(name)
	return noSyncFile{f}, err
}
