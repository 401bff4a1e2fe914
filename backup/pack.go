package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
)

const zstdName = "zstd"

// buffered is how much is read or written at once.
const buffered = 1 << 20

// pack compresses what r gives into a new file, and puts it on disk. What it is worth
// is found by readBack.
func pack(ctx context.Context, c cores, r io.Reader, name string) error {
	f, err := packing(name, func(w io.Writer) error { return compress(ctx, c, r, w) })
	if err != nil {
		return err
	}
	return f.close()
}

// packing makes a new file of what fill writes. It is on disk once it is closed without an error.
func packing(name string, fill func(io.Writer) error) (*flushed, error) {
	f, err := durable.New(name)
	if err != nil {
		return nil, err
	}
	w := &flushed{f: f}
	err = fill(w)
	if err == nil {
		err = w.begin()
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// readBack reads a file that was packed from beginning to end, and says what it is:
// it must unpack to what plain gives, byte for byte, else ErrDiffers.
func readBack(ctx context.Context, c cores, plain io.Reader, name string) (s Stored, err error) {
	was, all := make([]byte, framePlain), &counter{hash: sha256.New()}
	size, sha, err := decode(ctx, c, name, func(is []byte) error {
		if len(is) > len(was) {
			return errPacked
		}
		if _, err := io.ReadFull(plain, was[:len(is)]); err == io.EOF || err == io.ErrUnexpectedEOF {
			return errPacked
		} else if err != nil {
			return err
		}
		if !bytes.Equal(was[:len(is)], is) {
			return errPacked
		}
		_, err := all.Write(is)
		return err
	})
	if err != nil {
		return s, err
	}
	if n, err := io.ReadFull(plain, was[:1]); n > 0 || err != io.EOF {
		return s, errors.Join(errPacked, err)
	}
	return Stored{Bytes: all.n, SHA256: sum(all.hash), FileBytes: size, FileSHA256: sha, Compression: zstdName}, nil
}

var errPacked = fmt.Errorf("%w: it does not unpack to what was compressed", ErrDiffers)

// flushEvery is how much of a file is put on disk at once, flushMost how much where the disk is slow:
// who writes to the store meanwhile waits for the same disk.
const (
	flushEvery = 8 << 20
	flushMost  = 32 << 20
)

// flushed is a file that is put on disk piece by piece, while more is written to it.
type flushed struct {
	f    *os.File
	n    int        // bytes since the last flush began
	done chan error // of the flush that is under way; nil is none
}

func (w *flushed) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	if w.n += n; err == nil && w.n >= flushEvery {
		err = w.begin()
	}
	return n, err
}

// begin begins a flush. While one is under way it waits until there is much to flush. Of a flush
// that failed the system tells once; it fails whatever the file is for.
func (w *flushed) begin() (err error) {
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

// close puts the rest on disk.
func (w *flushed) close() error {
	var err error
	if w.done != nil {
		err = <-w.done
	}
	return errors.Join(err, w.f.Sync(), w.f.Close())
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// unpack gives the plain content of a compressed file to w. Both must be what s
// says, byte for byte, else ErrCorrupt; w may then have got something.
func unpack(ctx context.Context, name string, s Stored, w io.Writer) error {
	if err := sameSize(name, s); err != nil {
		return err
	}
	plain := &counter{hash: sha256.New()}
	told := io.MultiWriter(plain, w)
	_, file, err := decode(ctx, nil, name, func(p []byte) error {
		if _, err := told.Write(p); err != nil {
			return err
		}
		if plain.n > s.Bytes { // what else it unpacks to may be without end
			return fmt.Errorf("%w: %s holds more than the %d bytes that were written", ErrCorrupt, filepath.Base(name), s.Bytes)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if plain.n != s.Bytes || sum(plain.hash) != s.SHA256 || file != s.FileSHA256 {
		return otherBytes(name)
	}
	return nil
}

func otherBytes(name string) error {
	return fmt.Errorf("%w: the bytes of %s are not those that were written", ErrCorrupt, filepath.Base(name))
}

// sameSize compares the size of a compressed file with what s says.
func sameSize(name string, s Stored) error {
	info, err := os.Stat(name)
	if err == nil && info.Size() != s.FileBytes {
		err = fmt.Errorf("%w: %s has %d bytes, and %d were written", ErrCorrupt, info.Name(), info.Size(), s.FileBytes)
	}
	return err
}

// sameFile compares every byte of a compressed file with what s says, else ErrCorrupt.
func sameFile(ctx context.Context, name string, s Stored) error {
	if err := sameSize(name, s); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	file := sha256.New()
	if _, err := io.CopyBuffer(file, durable.Reader(ctx, f), make([]byte, buffered)); err != nil {
		return err
	}
	if sum(file) != s.FileSHA256 {
		return otherBytes(name)
	}
	return nil
}

// decode reads a compressed file to its end, once, gives what it unpacks to piece by
// piece, and tells the size and hash of the file. One that cannot be unpacked is
// ErrCorrupt; an error of take is returned as it is.
func decode(ctx context.Context, c cores, name string, take func(plain []byte) error) (size int64, sha string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	var refused error
	file := &counter{hash: sha256.New()}
	in := bufio.NewReaderSize(io.TeeReader(durable.Reader(ctx, f), file), buffered)
	err = decompress(ctx, c, in, func(plain []byte) error {
		refused = take(plain)
		return refused
	})
	switch {
	case ctx.Err() != nil:
		return 0, "", ctx.Err()
	case refused != nil:
		return 0, "", refused
	case err != nil && isBadStream(err):
		return 0, "", fmt.Errorf("%w: %s: %w", ErrCorrupt, filepath.Base(name), err)
	}
	return file.n, sum(file.hash), err
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
