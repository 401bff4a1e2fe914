package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"

	"taskstore/internal/durable"

	"github.com/klauspost/compress/zstd"
)

const zstdName = "zstd"

// buffered is how much is read or written at once.
const buffered = 1 << 20

// pack compresses what r gives into a new file, puts it on disk, and reads it
// back: it must unpack to what went in.
func pack(ctx context.Context, r io.Reader, name string) (s Stored, err error) {
	s.Compression = zstdName
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	plain := sha256.New()
	out := &counter{w: bufio.NewWriterSize(&flushed{f: f}, buffered), hash: sha256.New()}
	// One goroutine on a small machine: a backup runs beside those who write.
	enc, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(max(1, runtime.GOMAXPROCS(0)/2)))
	if err != nil {
		return s, err
	}
	s.Bytes, err = io.CopyBuffer(enc, io.TeeReader(durable.Reader(ctx, r), plain), make([]byte, buffered))
	if err = errors.Join(err, enc.Close()); err != nil {
		return s, err
	}
	if err = errors.Join(out.w.Flush(), f.Sync()); err != nil {
		return s, err
	}
	s.SHA256, s.FileBytes, s.FileSHA256 = sum(plain), out.n, sum(out.hash)
	return s, unpack(ctx, name, s, io.Discard)
}

// flushEvery is how much of a file is put on disk at once: who writes to the store
// meanwhile waits for the same disk.
const flushEvery = 8 << 20

// flushed is a file that is put on disk piece by piece.
type flushed struct {
	f *os.File
	n int
}

func (w *flushed) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	if w.n += n; err == nil && w.n >= flushEvery {
		w.n, err = 0, w.f.Sync()
	}
	return n, err
}

// counter hashes and counts what is written.
type counter struct {
	w    *bufio.Writer
	hash hash.Hash
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.hash.Write(p)
	c.n += int64(len(p))
	return c.w.Write(p)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// unpack gives the plain content of a compressed file to w. Both must be what s
// says, byte for byte, else ErrCorrupt; w may then have got something.
func unpack(ctx context.Context, name string, s Stored, w io.Writer) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != s.FileBytes {
		return fmt.Errorf("%w: %s has %d bytes, and %d were written", ErrCorrupt, info.Name(), info.Size(), s.FileBytes)
	}
	file, plain := sha256.New(), sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(durable.Reader(ctx, f), buffered), file)
	dec, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(1<<31), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return err
	}
	defer dec.Close()
	n, err := io.CopyBuffer(io.MultiWriter(w, plain), dec, make([]byte, buffered))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && isBadStream(err) {
		return fmt.Errorf("%w: %s: %w", ErrCorrupt, info.Name(), err)
	}
	if err != nil {
		return err
	}
	if n != s.Bytes || sum(plain) != s.SHA256 || sum(file) != s.FileSHA256 {
		return fmt.Errorf("%w: the bytes of %s are not those that were written", ErrCorrupt, info.Name())
	}
	return nil
}

// isBadStream tells an error about the compressed bytes from one of a disk.
func isBadStream(err error) bool {
	var disk *os.PathError
	return !errors.As(err, &disk)
}
