// Package packed compresses bytes into a file of zstd frames and reads them back.
// Its one idea is that a file is called what was packed only after it was read
// from beginning to end and unpacked to the same bytes: Stored, which says so by
// sizes and hashes, is made by ReadBack alone, and Unpack holds a file against
// it. It knows nothing of what the bytes are.
package packed

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Stored describes a compressed file and what it unpacks to.
type Stored struct {
	Bytes       int64  `json:"bytes"` // plain
	SHA256      string `json:"sha256"`
	FileBytes   int64  `json:"file_bytes"` // compressed
	FileSHA256  string `json:"file_sha256"`
	Compression string `json:"compression"`
}

const zstdName = "zstd"

// Pack compresses what r gives into a new file, and puts it on disk. What it is worth
// is found by ReadBack.
func Pack(ctx context.Context, c pages.Cores, r io.Reader, name string) error {
	f, err := New(name, func(w io.Writer) error { return Compress(ctx, c, r, w) })
	if err != nil {
		return err
	}
	return f.Close()
}

// New makes a new file of what fill writes. It is on disk once it is closed without an error.
func New(name string, fill func(io.Writer) error) (*File, error) {
	f, err := durable.New(name)
	if err != nil {
		return nil, err
	}
	w := &File{f: f}
	err = fill(w)
	if err == nil {
		err = w.begin()
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// ReadBack reads a file that was packed from beginning to end, and says what it is:
// it must unpack to what plain gives, byte for byte, else ErrDiffers.
func ReadBack(ctx context.Context, c pages.Cores, plain io.Reader, name string) (s Stored, err error) {
	was, all := make([]byte, FramePlain), &counter{hash: sha256.New()}
	size, sha, err := decode(ctx, c, name, func(is []byte) error {
		if len(is) > len(was) {
			return ErrPacked
		}
		if _, err := io.ReadFull(plain, was[:len(is)]); err == io.EOF || err == io.ErrUnexpectedEOF {
			return ErrPacked
		} else if err != nil {
			return err
		}
		if !bytes.Equal(was[:len(is)], is) {
			return ErrPacked
		}
		_, err := all.Write(is)
		return err
	})
	if err != nil {
		return s, err
	}
	if n, err := io.ReadFull(plain, was[:1]); n > 0 || err != io.EOF {
		return s, errors.Join(ErrPacked, err)
	}
	return Stored{Bytes: all.n, SHA256: pages.Hex(all.hash), FileBytes: size, FileSHA256: sha, Compression: zstdName}, nil
}

// ErrPacked: what was compressed is not what is there now.
var ErrPacked = fmt.Errorf("%w: it does not unpack to what was compressed", pages.ErrDiffers)

// flushEvery is how much of a file is put on disk at once, flushMost how much where the disk is slow:
// who writes to the store meanwhile waits for the same disk.
const (
	flushEvery = 8 << 20
	flushMost  = 32 << 20
)

// disk is what a File needs of a file.
type disk interface {
	io.WriteCloser
	Sync() error
}

// File is a file that is put on disk piece by piece, while more is written to it.
type File struct {
	f    disk
	n    int        // bytes since the last flush began
	done chan error // of the flush that is under way; nil is none
}

func (w *File) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	if w.n += n; err == nil && w.n >= flushEvery {
		err = w.begin()
	}
	return n, err
}

// begin begins a flush. While one is under way it waits until there is much to flush. Of a flush
// that failed the system tells once; it fails whatever the file is for.
func (w *File) begin() (err error) {
	if w.done != nil {
		select {
		case err = <-w.done:
		default:
			if w.n < flushMost {
				return nil
			}
			err = <-w.done
		}
	}
	w.n, w.done = 0, make(chan error, 1)
	go func(done chan error) { done <- w.f.Sync() }(w.done)
	return err
}

// Close puts the rest on disk.
func (w *File) Close() error {
	var err error
	if w.done != nil {
		err = <-w.done
	}
	return errors.Join(err, w.f.Sync(), w.f.Close())
}

// Unpack gives the plain content of a compressed file to w. Both must be what s
// says, byte for byte, else ErrCorrupt; w may then have got something.
func Unpack(ctx context.Context, name string, s Stored, w io.Writer) error {
	if err := SameSize(name, s); err != nil {
		return err
	}
	plain := &counter{hash: sha256.New()}
	told := io.MultiWriter(plain, w)
	_, file, err := decode(ctx, nil, name, func(p []byte) error {
		if _, err := told.Write(p); err != nil {
			return err
		}
		if plain.n > s.Bytes { // what else it unpacks to may be without end
			return fmt.Errorf("%w: %s holds more than the %d bytes that were written", pages.ErrCorrupt, filepath.Base(name), s.Bytes)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if plain.n != s.Bytes || pages.Hex(plain.hash) != s.SHA256 || file != s.FileSHA256 {
		return otherBytes(name)
	}
	return nil
}

func otherBytes(name string) error {
	return fmt.Errorf("%w: the bytes of %s are not those that were written", pages.ErrCorrupt, filepath.Base(name))
}

// SameSize compares the size of a compressed file with what s says.
func SameSize(name string, s Stored) error {
	info, err := os.Stat(name)
	if err == nil && info.Size() != s.FileBytes {
		err = fmt.Errorf("%w: %s has %d bytes, and %d were written", pages.ErrCorrupt, info.Name(), info.Size(), s.FileBytes)
	}
	return err
}

// Same compares every byte of a compressed file with what s says, else ErrCorrupt.
func Same(ctx context.Context, name string, s Stored) error {
	if err := SameSize(name, s); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, file, err := pages.HashOf(ctx, f)
	if err == nil && file != s.FileSHA256 {
		err = otherBytes(name)
	}
	return err
}

// decode reads a compressed file to its end, once, gives what it unpacks to piece by
// piece, and tells the size and hash of the file. One that cannot be unpacked is
// ErrCorrupt; an error of take is returned as it is.
func decode(ctx context.Context, c pages.Cores, name string, take func(plain []byte) error) (size int64, sha string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	var refused error
	file := &counter{hash: sha256.New()}
	in := bufio.NewReaderSize(io.TeeReader(durable.Reader(ctx, f), file), pages.Buffered)
	err = Decompress(ctx, c, in, func(plain []byte) error {
		refused = take(plain)
		return refused
	})
	switch {
	case ctx.Err() != nil:
		return 0, "", ctx.Err()
	case refused != nil:
		return 0, "", refused
	case err != nil && isBadStream(err):
		return 0, "", fmt.Errorf("%w: %s: %w", pages.ErrCorrupt, filepath.Base(name), err)
	}
	return file.n, pages.Hex(file.hash), err
}

// counter hashes and counts bytes.
type counter struct {
	hash hash.Hash
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.hash.Write(p)
}

// isBadStream tells an error about the compressed bytes from one of a disk.
func isBadStream(err error) bool {
	var disk *os.PathError
	return !errors.As(err, &disk)
}
