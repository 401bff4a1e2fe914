package blobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// Stat describes a content without reading it: ErrNotFound when there is none, ErrCorrupt when its file cannot be one.
// That the bytes are the right ones only Verify or a full read can tell.
func (d *Dir) Stat(ctx context.Context, sum string) (_ Info, err error) {
	defer wrap(&err, "stat content %.12s", sum)
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	info, f, err := d.find(sum)
	if err != nil {
		return Info{}, err
	}
	return info, f.Close()
}

// Verify reads a content from beginning to end. It returns nil when every byte is what the name promises, else
// ErrCorrupt, ErrNotFound, or the error of the disk.
func (d *Dir) Verify(ctx context.Context, sum string) (err error) {
	defer wrap(&err, "verify content %.12s", sum)
	_, err = d.examine(ctx, sum, nil)
	return err
}

// examine reads a content whole; flush, if given, is called with the open file once that was found good.
func (d *Dir) examine(ctx context.Context, sum string, flush func(file) error) (Info, error) {
	r, err := d.reader(ctx, sum)
	if err != nil {
		return Info{}, err
	}
	if err := readWhole(ctx, r, flush); err != nil {
		return Info{}, err
	}
	return r.info, nil
}

// readWhole reads a content to its end, has its file flushed, and closes it.
func readWhole(ctx context.Context, r *Reader, flush func(file) error) error {
	defer r.Close()
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	_, err := copyBuffer(ctx, io.Discard, r, *buf)
	if err == nil && flush != nil {
		if failed := flush(r.f); failed != nil {
			err = fmt.Errorf("%w: %w", errFlush, failed)
		}
	}
	return err
}

// Open opens a content for reading; the caller closes the Reader. A content that is replaced or removed meanwhile can
// still be read to its end (on Windows it cannot be replaced or removed while it is open).
func (d *Dir) Open(ctx context.Context, sum string) (_ *Reader, err error) {
	defer wrap(&err, "open content %.12s", sum)
	return d.reader(ctx, sum)
}

func (d *Dir) reader(ctx context.Context, sum string) (*Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, f, err := d.find(sum)
	if err != nil {
		return nil, err
	}
	return newReader(info, f)
}

// find opens the file that serves a content: the plain one when there is one, else the encoded one.
func (d *Dir) find(sum string) (Info, file, error) {
	if err := checkHash(sum); err != nil {
		return Info{}, nil, err
	}
	info, f, err := d.openPath(sum, "", d.path(sum, ""))
	if errors.Is(err, ErrNotFound) {
		info, f, err = d.openPath(sum, Zstd, d.path(sum, Zstd))
	}
	return info, f, err
}

// openPath opens one file of a content, which is in its place or in the trash. Looking first keeps it from waiting for a pipe or following a link.
func (d *Dir) openPath(sum, encoding, path string) (_ Info, f file, err error) {
	info := Info{SHA256: sum, Encoding: encoding}
	st, err := d.fsys.lstat(path)
	if err == nil && !st.Mode().IsRegular() {
		return info, nil, fmt.Errorf("%w: not a regular file", ErrCorrupt)
	}
	if err == nil {
		f, err = d.fsys.open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return info, nil, ErrNotFound
	}
	if err != nil {
		return info, nil, err
	}
	if st, err = f.Stat(); err == nil {
		info.Stored, info.Size = st.Size(), st.Size()
		if encoding == Zstd {
			info.Size, err = readTrailer(f, info.Stored)
		}
	}
	if err != nil {
		f.Close()
		return info, nil, err
	}
	return info, f, nil
}

// Reader reads one content. Read and Seek belong to one goroutine; ReadAt may be called by many.
//
// Read from the beginning to the end verifies: when the content is not what its name says, the Read that would deliver
// the last bytes fails with ErrCorrupt instead, so that no whole read of a damaged content succeeds. A Seek to any other place
// gives up verification, a Seek back to the beginning starts it again. ReadAt verifies nothing.
type Reader struct {
	info   Info
	f      file
	dec    *zstd.Decoder // nil for a plain file
	off    int64         // where the next Read begins
	hashed int64         // how many bytes of the beginning went through hash
	hash   hash.Hash
	err    error // every further Read gives this
}

func newReader(info Info, f file) (*Reader, error) {
	r := &Reader{info: info, f: f, hash: sha256.New()}
	if info.Encoding == Zstd {
		p := decoders.Get().(*pooled[*zstd.Decoder])
		if p.err == nil {
			p.err = p.value.Reset(io.NewSectionReader(f, 0, info.Stored-trailerLen))
		}
		if p.err != nil {
			f.Close()
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, p.err)
		}
		r.dec = p.value
	}
	return r, nil
}

// Info describes the content that is read.
func (r *Reader) Info() Info { return r.info }

// Read reads the next bytes. It never delivers more than Info().Size bytes, whatever the file holds.
func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.off == 0 {
		r.hash.Reset()
		r.hashed = 0
	}
	rest := r.info.Size - r.off
	if rest <= 0 {
		if r.info.Size == 0 {
			r.err = r.finish()
		}
		return 0, cmp.Or(r.err, io.EOF)
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.next(p[:min(int64(len(p)), rest)])
	if r.hashed == r.off {
		r.hash.Write(p[:n])
		r.hashed += int64(n)
	}
	r.off += int64(n)
	if err == nil && r.off == r.info.Size {
		err = r.finish()
	}
	if err != nil {
		r.err = err
		return 0, err
	}
	return n, nil
}

// next reads at least a byte; it is only called where the content has more.
func (r *Reader) next(p []byte) (n int, err error) {
	if r.dec == nil {
		n, err = r.f.ReadAt(p, r.off)
	} else {
		n, err = io.ReadAtLeast(r.dec, p, 1)
	}
	switch {
	case n > 0 && (err == nil || errors.Is(err, io.EOF)):
		return n, nil
	case errors.Is(err, io.EOF):
		return 0, fmt.Errorf("%w: it ends after %d of %d bytes", ErrCorrupt, r.off, r.info.Size)
	}
	return 0, r.cause(err)
}

// finish checks what can be checked once all bytes were seen.
func (r *Reader) finish() error {
	if r.dec != nil {
		n, err := io.ReadFull(r.dec, make([]byte, 1))
		if n > 0 {
			return fmt.Errorf("%w: it goes on after %d bytes", ErrCorrupt, r.info.Size)
		}
		if !errors.Is(err, io.EOF) {
			return r.cause(err)
		}
	}
	if r.hashed == r.info.Size && hex.EncodeToString(r.hash.Sum(nil)) != r.info.SHA256 {
		return fmt.Errorf("%w: the bytes have another SHA-256", ErrCorrupt)
	}
	return nil
}

// cause tells a stream that does not decode from a disk that does not read.
func (r *Reader) cause(err error) error {
	var disk *fs.PathError
	if r.dec == nil || errors.As(err, &disk) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// Seek sets where the next Read begins. A content kept as zstd cannot seek: errors.ErrUnsupported.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	if r.dec != nil {
		return 0, fmt.Errorf("seek in content %.12s kept as zstd: %w", r.info.SHA256, errors.ErrUnsupported)
	}
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.off
	case io.SeekEnd:
		offset += r.info.Size
	default:
		return 0, fmt.Errorf("seek: whence %d is unknown", whence)
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	r.off = offset
	return offset, nil
}

// ReadAt reads at an offset without moving or verifying anything. A content kept as zstd cannot: errors.ErrUnsupported.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if r.info.Encoding == Zstd {
		return 0, fmt.Errorf("read at an offset of content %.12s kept as zstd: %w", r.info.SHA256, errors.ErrUnsupported)
	}
	return r.f.ReadAt(p, off)
}

// Close ends reading. A second Close returns fs.ErrClosed.
func (r *Reader) Close() error {
	if errors.Is(r.err, fs.ErrClosed) {
		return fs.ErrClosed
	}
	r.err = fs.ErrClosed
	if r.dec != nil {
		if err := r.dec.Reset(nil); err == nil {
			decoders.Put(&pooled[*zstd.Decoder]{value: r.dec})
		}
	}
	return r.f.Close()
}
