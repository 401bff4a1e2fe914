package rawjson

import (
	"errors"
	"io"
	"os"

	"taskstore/internal/durable"
)

// maxInMemory is the size in bytes up to which what is unpacked stays in memory.
const maxInMemory = 1 << 20

// Spool holds what is written to it, to be read here and there: in memory while it is
// little, in a scratch file when it is more. Its errors end a scan, since they are none of
// the source's.
type Spool struct {
	Dir  string // of the scratch file; "" is the system's place
	held []byte
	file *os.File
	size int64
}

func (s *Spool) Write(p []byte) (n int, err error) {
	if s.file == nil && len(s.held)+len(p) > maxInMemory {
		if s.file, err = durable.Temp(s.Dir, "spool-*"); err == nil {
			_, err = s.file.Write(s.held)
		}
		if err != nil {
			return 0, SinkError{err}
		}
		s.held = nil
	}
	if s.file == nil {
		s.held = append(s.held, p...)
		n = len(p)
	} else if n, err = s.file.Write(p); err != nil {
		err = SinkError{err}
	}
	s.size += int64(n)
	return n, err
}

func (s *Spool) ReadAt(p []byte, at int64) (n int, err error) {
	switch {
	case at >= s.size:
		return 0, io.EOF
	case s.file != nil:
		if n, err = s.file.ReadAt(p, at); err != nil && err != io.EOF {
			err = SinkError{err}
		}
		return n, err
	}
	if n = copy(p, s.held[at:]); n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Close takes the scratch file away.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// Piece is a part of what a spool holds.
type Piece struct{ From, Size int64 }

// Add writes a piece.
func (s *Spool) Add(text []byte) (Piece, error) {
	at := Piece{s.size, int64(len(text))}
	_, err := s.Write(text)
	return at, err
}

// Load appends a piece to dst.
func (s *Spool) Load(dst []byte, at Piece) ([]byte, error) {
	n := len(dst)
	if cap(dst)-n < int(at.Size) {
		dst = append(make([]byte, 0, n+int(at.Size)), dst...)
	}
	dst = dst[:n+int(at.Size)]
	_, err := s.ReadAt(dst[n:], at.From)
	if err == io.EOF {
		err = nil // the piece is the last one
	}
	return dst, err
}
