package packed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"taskstore/backup/pages"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// A compressed file is a row of zstd frames, each of which says how much it holds:
// FramePlain bytes, the last one fewer. Frames know nothing of each other, so that
// each core compresses or unpacks its own, and together they are one zstd stream
// like any other. Earlier versions wrote a single frame without a size; it is read
// too, by one core.
const (
	FramePlain  = 1 << 20
	frameLimit  = 8 << 20 // what is larger is not taken into memory
	frameAround = 1 << 10 // headers, above what the bytes take that do not shrink
)

// piece is a part of a file on its way: what it was and what it becomes.
type piece struct {
	in, out []byte
	done    chan error
}

// inOrder takes pieces from next until io.EOF, lets do change them side by side, and
// gives them to take in the order in which they came. There are never more than
// two for each worker and two besides: that bounds the memory.
func inOrder(ctx context.Context, n int, next, do, take func(p *piece) error) error {
	g, ctx := errgroup.WithContext(ctx)
	free := make(chan *piece, 2*n+2)
	for range cap(free) {
		free <- &piece{done: make(chan error, 1)}
	}
	todo, order := make(chan *piece, cap(free)), make(chan *piece, cap(free))
	g.Go(func() error {
		defer close(todo)
		defer close(order)
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case p := <-free:
				if err := next(p); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
				todo <- p
				order <- p
			}
		}
	})
	for range n {
		g.Go(func() error {
			for p := range todo {
				p.done <- do(p)
			}
			return nil
		})
	}
	g.Go(func() error {
		for p := range order {
			if err := errors.Join(ctx.Err(), <-p.done); err != nil {
				return err
			}
			if err := take(p); err != nil {
				return err
			}
			free <- p
		}
		return nil
	})
	return g.Wait()
}

// Compress writes what r gives as frames.
func Compress(ctx context.Context, c pages.Cores, r io.Reader, w io.Writer) error {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(pages.Workers()), zstd.WithWindowSize(FramePlain),
		zstd.WithSingleSegment(true)) // every frame says how much it holds, also a short one
	if err != nil {
		return err
	}
	defer enc.Close()
	next := func(p *piece) error {
		if p.in == nil {
			p.in = make([]byte, FramePlain)
		}
		n, err := io.ReadFull(r, p.in[:FramePlain])
		if err == io.ErrUnexpectedEOF {
			err = nil
		}
		p.in = p.in[:n]
		return err
	}
	do := func(p *piece) error {
		return c.On(ctx, func() error {
			p.out = enc.EncodeAll(p.in, p.out[:0])
			return nil
		})
	}
	take := func(p *piece) error {
		_, err := w.Write(p.out)
		return err
	}
	return inOrder(ctx, pages.Workers(), next, do, take)
}

// Decompress gives the plain bytes of a compressed file to take, piece by piece. That
// they are the right ones is for its caller to find, by a better hash than zstd's.
func Decompress(ctx context.Context, c pages.Cores, r *bufio.Reader, take func(plain []byte) error) error {
	taken := func(p *piece) error { return take(p.out) }
	if !framed(r) {
		return decompressStream(ctx, r, taken)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(pages.Workers()), zstd.WithDecoderMaxMemory(frameLimit), zstd.IgnoreChecksum(true))
	if err != nil {
		return err
	}
	defer dec.Close()
	next := func(p *piece) (err error) {
		p.in, err = readFrame(r, p.in[:0])
		return err
	}
	do := func(p *piece) error {
		return c.On(ctx, func() (err error) {
			p.out, err = dec.DecodeAll(p.in, p.out[:0])
			return err
		})
	}
	return inOrder(ctx, pages.Workers(), next, do, taken)
}

// decompressStream unpacks a file whose frames cannot be taken one by one.
func decompressStream(ctx context.Context, r io.Reader, taken func(p *piece) error) error {
	dec, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(1<<31), zstd.WithDecoderConcurrency(1), zstd.IgnoreChecksum(true))
	if err != nil {
		return err
	}
	defer dec.Close()
	next := func(p *piece) error {
		if p.out == nil {
			p.out = make([]byte, FramePlain)
		}
		n, err := io.ReadFull(dec, p.out[:FramePlain])
		if err == io.ErrUnexpectedEOF && n > 0 {
			err = nil
		}
		p.out = p.out[:n]
		return err
	}
	return inOrder(ctx, 1, next, func(*piece) error { return nil }, taken)
}

// framed tells that the file begins with a frame that says how much it holds.
func framed(r *bufio.Reader) bool {
	h, err := frameHeader(r)
	return err == nil && h.HasFCS && h.FrameContentSize <= frameLimit
}

func frameHeader(r *bufio.Reader) (h zstd.Header, err error) {
	head, err := r.Peek(zstd.HeaderMaxSize)
	if len(head) == 0 {
		return h, err
	}
	return h, h.Decode(head) // a frame may be shorter than the longest header
}

var errFrame = errors.New("the frames are not those that were written")

// readFrame appends the next frame to b: header, blocks, checksum. At the end of the
// file it is io.EOF.
func readFrame(r *bufio.Reader, b []byte) ([]byte, error) {
	h, err := frameHeader(r)
	if err != nil {
		return b, err
	}
	if h.Skippable || !h.HasFCS || h.FrameContentSize > frameLimit {
		return b, errFrame
	}
	if b, err = appendBytes(r, b, h.HeaderSize); err != nil {
		return b, err
	}
	for last := false; !last; {
		if b, err = appendBytes(r, b, 3); err != nil {
			return b, err
		}
		head := b[len(b)-3:]
		size := int(head[0])>>3 | int(head[1])<<5 | int(head[2])<<13
		last = head[0]&1 == 1
		if kind := head[0] >> 1 & 3; kind == 1 { // one byte, as often as size says
			size = 1
		}
		if len(b)+size > int(h.FrameContentSize)+frameAround {
			return b, errFrame
		}
		if b, err = appendBytes(r, b, size); err != nil {
			return b, err
		}
	}
	if h.HasCheckSum {
		return appendBytes(r, b, 4)
	}
	return b, nil
}

// appendBytes appends n bytes, of which none may be missing.
func appendBytes(r io.Reader, b []byte, n int) ([]byte, error) {
	from := len(b)
	for cap(b) < from+n {
		b = append(b[:cap(b)], 0)
	}
	b = b[:from+n]
	if _, err := io.ReadFull(r, b[from:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: cut off", errFrame)
		}
		return b, err
	}
	return b, nil
}
