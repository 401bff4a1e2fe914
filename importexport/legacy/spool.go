package legacy

import (
	"errors"
	"io"
	"os"
)

// maxInMemory is the size in bytes up to which what is unpacked stays in memory.
const maxInMemory = 1 << 20

// spool holds what is written to it, to be read here and there: in memory while it is
// little, in a scratch file when it is more. Its errors end a scan, since they are none of
// the source's.
type spool struct {
	dir  string // of the scratch file; "" is the system's place
	held []byte
	file *os.File
	size int64
}

func (s *spool) Write(p []byte) (n int, err error) {
	if s.file == nil && len(s.held)+len(p) > maxInMemory {
		if s.file, err = os.CreateTemp(s.dir, "spool-*"); err == nil {
			_, err = s.file.Write(s.held)
		}
		if err != nil {
			return 0, sinkError{err}
		}
		s.held = nil
	}
	if s.file == nil {
		s.held = append(s.held, p...)
		n = len(p)
	} else if n, err = s.file.Write(p); err != nil {
		err = sinkError{err}
	}
	s.size += int64(n)
	return n, err
}

func (s *spool) ReadAt(p []byte, at int64) (n int, err error) {
	switch {
	case at >= s.size:
		return 0, io.EOF
	case s.file != nil:
		if n, err = s.file.ReadAt(p, at); err != nil && err != io.EOF {
			err = sinkError{err}
		}
		return n, err
	}
	if n = copy(p, s.held[at:]); n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Close takes the scratch file away.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// piece is a part of what a spool holds.
type piece struct{ from, size int64 }

// add writes a piece.
func (s *spool) add(text []byte) (piece, error) {
	at := piece{s.size, int64(len(text))}
	_, err := s.Write(text)
	return at, err
}

// load appends a piece to dst.
func (s *spool) load(dst []byte, at piece) ([]byte, error) {
	n := len(dst)
	if cap(dst)-n < int(at.size) {
		dst = append(make([]byte, 0, n+int(at.size)), dst...)
	}
	dst = dst[:n+int(at.size)]
	_, err := s.ReadAt(dst[n:], at.from)
	if err == io.EOF {
		err = nil // the piece is the last one
	}
	return dst, err
}
