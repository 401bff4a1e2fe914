package blobs

import (
	"context"
	"io"
	"sync"

	"taskstore/internal/durable"
)

// buffers are for copying; contents that fit into one are handled in memory.
var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

const bufferSize = 256 << 10

// copyBuffer copies in whole buffers until the end of r, or of the context.
func copyBuffer(ctx context.Context, w io.Writer, r io.Reader, buf []byte) (total int64, err error) {
	for {
		n, err := fill(durable.Reader(ctx, r), buf)
		if err != nil && err != io.EOF {
			return total, err
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return total, err
		}
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
	}
}

// fill reads until the buffer is full or r ends, which is io.EOF. Unlike io.ReadFull it never takes a source that was cut
// short, and says so with io.ErrUnexpectedEOF, for one that ended.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for empty := 0; n < len(buf) && err == nil; {
		var m int
		m, err = r.Read(buf[n:])
		n += m
		if m > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}
