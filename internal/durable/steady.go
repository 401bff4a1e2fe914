package durable

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"time"
)

// ErrChanged says that a file changed while it was read: what was read of it may be of
// no moment.
var ErrChanged = errors.New("the file changed while it was read")

// coarse is how far apart two changes of a file may be and have the same time: on FAT.
const coarse = 2 * time.Second

// OpenSteady opens a file for reading it once from beginning to end. Who has read it to
// io.EOF has read what was in it at one moment; ErrChanged stands in place of io.EOF
// where somebody wrote to it meanwhile. Size and time of the file tell; one that was
// written so short a time ago that its time may not is read a second time.
//
// What is no regular file is read as it comes.
func OpenSteady(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	was, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !was.Mode().IsRegular() {
		return f, nil
	}
	s := &steady{f: f, was: was}
	if time.Since(was.ModTime()) < coarse {
		s.read = new(maphash.Hash)
	}
	return s, nil
}

type steady struct {
	f    *os.File
	was  fs.FileInfo
	read *maphash.Hash // of what was read, if size and time do not tell
	end  error         // once it is known
}

func (s *steady) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := s.f.Read(p)
	if s.read != nil {
		s.read.Write(p[:n])
	}
	if err == io.EOF {
		s.end = s.look()
		err = s.end
	}
	return n, err
}

// look tells at the end of the file whether it is the one that was opened.
func (s *steady) look() error {
	if s.read != nil {
		var again maphash.Hash
		again.SetSeed(s.read.Seed())
		if _, err := io.Copy(&again, io.NewSectionReader(s.f, 0, s.was.Size()+1)); err != nil {
			return err
		}
		if again.Sum64() != s.read.Sum64() {
			return fmt.Errorf("%w: %s", ErrChanged, s.f.Name())
		}
	}
	if err := Unchanged(s.f, s.was); err != nil {
		return err
	}
	return io.EOF
}

// Unchanged says whether an open file has the size and the time that it had: nil, or
// ErrChanged.
func Unchanged(f *os.File, was fs.FileInfo) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	if is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime()) {
		return fmt.Errorf("%w: %s", ErrChanged, f.Name())
	}
	return nil
}

func (s *steady) Close() error { return s.f.Close() }
