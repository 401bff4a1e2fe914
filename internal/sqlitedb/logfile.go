package sqlitedb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// LogFile is what a log, a file -wal, holds. SQLite takes of it what is in whole transactions, each
// frame of which has the salts of the log and the checksum of all before it
// (https://sqlite.org/fileformat.html#the_write_ahead_log).
type LogFile struct {
	Salts  string // by chance, others whenever the log is begun anew; "" where there is no log
	Frames int64  // in whole transactions
	Pages  int64  // different ones that these have written
	Size   int64  // of the database in pages, after the last of them
	Sum    uint64 // the checksum of all of them
}

// Whole says that the log holds every page of the database, as after a restore or VACUUM.
func (l LogFile) Whole() bool { return l.Frames > 0 && l.Pages >= l.Size }

const (
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // and with its last bit set
)

// LogSalts are those of the log in a file, which others may be writing; "" where there is none.
func LogSalts(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, logHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return ""
	}
	return string(head[16:24])
}

// ReadLogFile reads the log in a file that nobody writes. No file is an empty log, as SQLite takes
// it, and so is one whose header is not whole.
func ReadLogFile(file string) (l LogFile, err error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	head := make([]byte, logHeader)
	if _, err := io.ReadFull(in, head); err != nil {
		return l, unlessEnd(err)
	}
	magic := binary.BigEndian.Uint32(head)
	sum := logSum{order: binary.LittleEndian}
	if magic&1 == 1 {
		sum.order = binary.BigEndian
	}
	size := binary.BigEndian.Uint32(head[8:])
	if sum.add(head[:24]); magic&^1 != logMagic || !sum.is(head[24:]) || size < 512 || size > 65536 {
		return l, nil
	}
	l.Salts = string(head[16:24])
	return l, l.frames(in, &sum, make([]byte, frameHeader+size))
}

// frames reads on behind the header.
func (l *LogFile) frames(in io.Reader, sum *logSum, frame []byte) error {
	pages := map[uint32]bool{}
	for n := int64(1); ; n++ {
		if _, err := io.ReadFull(in, frame); err != nil {
			return unlessEnd(err)
		}
		sum.add(frame[:8])
		sum.add(frame[frameHeader:])
		if string(frame[8:16]) != l.Salts || !sum.is(frame[16:]) {
			return nil // of an earlier log in the same file
		}
		pages[binary.BigEndian.Uint32(frame)] = true
		if size := binary.BigEndian.Uint32(frame[4:]); size > 0 {
			l.Frames, l.Pages, l.Size = n, int64(len(pages)), int64(size)
			l.Sum = uint64(sum.s0)<<32 | uint64(sum.s1)
		}
	}
}

func unlessEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// logSum is the checksum of a log up to some place.
type logSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (s *logSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.s0 += s.order.Uint32(b) + s.s1
		s.s1 += s.order.Uint32(b[4:]) + s.s0
	}
}

func (s *logSum) is(b []byte) bool {
	return binary.BigEndian.Uint32(b) == s.s0 && binary.BigEndian.Uint32(b[4:]) == s.s1
}
