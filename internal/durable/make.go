package durable

import (
	"errors"
	"io/fs"
	"os"
)

const (
	privateDir  = 0o700
	privateFile = 0o600
	sealedFile  = 0o400
)

// Mkdir makes one directory, whose parent is there. One that is there is fs.ErrExist.
// The name is on disk after SyncDir.
func Mkdir(dir string) error {
	if err := os.Mkdir(dir, privateDir); err != nil {
		return err
	}
	return ownDir(dir)
}

// TempDir makes a directory in dir of a name that nobody has; "" is the system's place
// for such. pattern is as in os.MkdirTemp.
func TempDir(dir, pattern string) (name string, err error) {
	name, err = os.MkdirTemp(dir, pattern) // 0700
	if err != nil || dir == "" {
		return name, err
	}
	if err := ownDir(name); err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, nil
}

// Temp makes a file in dir of a name that nobody has; "" is the system's place for
// such. pattern is as in os.CreateTemp.
func Temp(dir, pattern string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern) // 0600
	if err != nil || dir == "" {
		return f, err
	}
	return owned(f)
}

// New makes a file and opens it. One that is there is fs.ErrExist, and stays. Content
// and name are on disk when the caller has put them there.
func New(name string) (*os.File, error) { return newFile(name, privateFile) }

// NewSealed is New for a file that nobody may write to but who holds it open now.
func NewSealed(name string) (*os.File, error) { return newFile(name, sealedFile) }

func newFile(name string, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	return owned(f)
}

// owned gives a new file to whom its directory belongs.
func owned(f *os.File) (*os.File, error) {
	if err := own(f); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// Link gives a file a second name, which must be free: else it is fs.ErrExist. The
// name is on disk after SyncDir.
func Link(from, to string) error { return os.Link(from, to) }

// FlushWritten puts the content of a file on disk that another has written.
func FlushWritten(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(syncFile(f), f.Close())
}

// Empty makes a file empty that is there.
func Empty(name string) error { return os.Truncate(name, 0) }
