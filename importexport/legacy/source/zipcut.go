package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"time"
)

// The marks with which the parts of a zip begin.
var (
	MarkMember = []byte("PK\x03\x04")
	markSizes  = []byte("PK\x07\x08") // behind a member whose header does not say its sizes
	MarkList   = []byte("PK\x01\x02")
)

// localHeader is the size of what stands before a member's name.
const localHeader = 30

// cutMembers lists the members of a zip whose list of them, which stands at the end,
// is gone: a crash or a full disk cuts the end off. Each member has a header of its own
// before its data. The last one may end early.
func cutMembers(in io.ReaderAt, size int64) []*packed {
	var list []*packed
	budget := max(4*freeSize, size*maxRatio)
	for at := find(in, 0, size, MarkMember); at >= 0 && len(list) < MaxMembers; {
		m, next := cutMemberAt(in, at, size, budget)
		if m == nil {
			next = at + 1
		} else {
			list = append(list, m)
		}
		at = find(in, next, size, MarkMember)
	}
	return list
}

// cutMemberAt reads the member whose header is at a place; next is where to look for
// the one after it. It gives nil where the header itself is cut off.
func cutMemberAt(in io.ReaderAt, at, size, budget int64) (m *packed, next int64) {
	var b [localHeader]byte
	if n, _ := in.ReadAt(b[:], at); n < len(b) {
		return nil, 0
	}
	le := binary.LittleEndian
	name := make([]byte, int(le.Uint16(b[26:])))
	start := at + localHeader + int64(len(name)) + int64(le.Uint16(b[28:]))
	if n, _ := in.ReadAt(name, at+localHeader); n < len(name) || len(name) == 0 || start > size {
		return nil, 0
	}
	h := &zip.FileHeader{Name: string(name), Flags: le.Uint16(b[6:]), Method: le.Uint16(b[8:]), CRC32: le.Uint32(b[14:]),
		CompressedSize64: uint64(le.Uint32(b[18:])), UncompressedSize64: uint64(le.Uint32(b[22:])), Modified: dosTime(le.Uint16(b[12:]), le.Uint16(b[10:]))}
	if h.Flags&8 != 0 || h.CompressedSize64 == 1<<32-1 {
		h.CRC32 = 0
		measure(h, in, start, size, budget)
	}
	end := size
	if left := uint64(size - start); h.CompressedSize64 < left {
		end = start + int64(h.CompressedSize64)
	}
	m = &packed{Name: h.Name, F: h}
	m.body = func() (io.ReadCloser, error) {
		var r io.Reader = io.NewSectionReader(in, start, end-start)
		if h.Method == zip.Deflate {
			r = flate.NewReader(bufio.NewReader(r))
		}
		return io.NopCloser(&checked{in: r, header: h, sum: crc32.NewIEEE()}), nil
	}
	return m, end
}

// measure finds the sizes of a member whose header does not say them, as far as the
// data goes. A cut one is as large as what is there.
func measure(h *zip.FileHeader, in io.ReaderAt, start, size, budget int64) {
	if h.Method == zip.Deflate {
		counted := &counter{in: bufio.NewReader(io.NewSectionReader(in, start, size-start))}
		n, err := io.CopyN(io.Discard, flate.NewReader(counted), budget+1)
		if h.CompressedSize64, h.UncompressedSize64 = uint64(counted.n), uint64(n); err != io.EOF {
			h.UncompressedSize64++ // it ends early
		}
		return
	}
	end := size
	for _, mark := range [][]byte{markSizes, MarkMember, MarkList} {
		if at := find(in, start, end, mark); at >= 0 {
			end = at
		}
	}
	h.CompressedSize64, h.UncompressedSize64 = uint64(end-start), uint64(end-start)
	if end == size {
		h.UncompressedSize64++
	}
}

// counter counts the bytes that are read.
type counter struct {
	in *bufio.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// checked reads a member and compares it with its header.
type checked struct {
	in     io.Reader
	header *zip.FileHeader
	sum    hash.Hash32
	n      uint64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += uint64(n)
	c.sum.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	switch {
	case c.n < c.header.UncompressedSize64:
		err = io.ErrUnexpectedEOF
	case c.header.CRC32 != 0 && c.sum.Sum32() != c.header.CRC32:
		err = zip.ErrChecksum
	}
	return n, err
}

// find returns where a mark stands at or behind a place and before an end; -1 if it
// does not.
func find(in io.ReaderAt, from, end int64, mark []byte) int64 {
	buf := make([]byte, 64<<10)
	for from < end {
		n, err := in.ReadAt(buf[:min(int64(len(buf)), end-from)], from)
		if i := bytes.Index(buf[:n], mark); i >= 0 {
			return from + int64(i)
		}
		if n < len(mark) || err != nil {
			return -1
		}
		from += int64(n - len(mark) + 1)
	}
	return -1
}

// dosTime is a time as a zip's header has it.
func dosTime(day, clock uint16) time.Time {
	return time.Date(int(day>>9)+1980, time.Month(day>>5&0xf), int(day&0x1f), int(clock>>11), int(clock>>5&0x3f), int(clock&0x1f)*2, 0, time.UTC)
}
