package blobs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/gabriel-vasile/mimetype"
	"github.com/klauspost/compress/zstd"
)

const (
	windowSize    = 1 << 20 // what our encoder looks back, and so what an encoder and a decoder need in memory
	maxWindowSize = 8 << 20 // what the decoder accepts
	smallest      = 128     // below this a trailer costs more than zstd saves
	maxRatio      = 1 << 15 // a zstd block of 4 bytes makes 128 KiB at most: more than that is a lie
)

// An encoded file ends with a skippable zstd frame that holds the plain size, so that Stat reads 16 bytes, every zstd
// tool still reads the file, and a truncated file is known without reading it.
const (
	trailerLen   = 16
	trailerMagic = 0x184D2A5B
)

func appendTrailer(b []byte, size int64) []byte {
	b = binary.LittleEndian.AppendUint32(b, trailerMagic)
	b = binary.LittleEndian.AppendUint32(b, 8)
	return binary.LittleEndian.AppendUint64(b, uint64(size))
}

// readTrailer reads the plain size of an encoded file of the given length.
func readTrailer(r io.ReaderAt, stored int64) (int64, error) {
	if stored <= trailerLen {
		return 0, fmt.Errorf("%w: truncated to %d bytes", ErrCorrupt, stored)
	}
	var b [trailerLen]byte
	if _, err := r.ReadAt(b[:], stored-trailerLen); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	size := binary.LittleEndian.Uint64(b[8:])
	switch {
	case binary.LittleEndian.Uint32(b[:]) != trailerMagic || binary.LittleEndian.Uint32(b[4:]) != 8:
		return 0, fmt.Errorf("%w: the trailer is missing", ErrCorrupt)
	case size > math.MaxInt64 || int64(size)/maxRatio > stored:
		return 0, fmt.Errorf("%w: %d bytes cannot hold %d", ErrCorrupt, stored, size)
	}
	return int64(size), nil
}

// pays tells whether encoding saves at least a tenth.
func pays(size, stored int64) bool {
	return stored <= size-(size+9)/10
}

// triesZstd tells whether a content of this type may be worth encoding. The type is the caller's, if it says anything,
// else it is guessed from the first bytes. What is compressed by its format is left alone, the rest decides by a trial.
func triesZstd(mime string, head []byte) bool {
	if len(head) < smallest {
		return false
	}
	mime, _, _ = strings.Cut(mime, ";")
	mime = strings.ToLower(strings.TrimSpace(mime))
	t := mimetype.Lookup(mime)
	switch {
	case mime == "" || mime == "application/octet-stream":
		t = mimetype.Detect(head)
	case t == nil:
		return !packed(mime)
	}
	for ; t != nil; t = t.Parent() {
		name, _, _ := strings.Cut(t.String(), ";")
		if packed(name) {
			return false
		}
	}
	return true
}

// packed tells whether contents of a type are compressed by their own format.
func packed(mime string) bool {
	switch mime {
	case "image/svg+xml", "image/bmp", "image/x-ms-bmp", "image/tiff", "image/x-icon", "image/vnd.adobe.photoshop",
		"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/aiff", "audio/x-aiff", "audio/basic",
		"audio/midi", "audio/l16":
		return false
	case "application/zip", "application/gzip", "application/x-gzip", "application/zstd", "application/x-bzip2",
		"application/x-xz", "application/lzip", "application/x-7z-compressed", "application/vnd.rar",
		"application/x-rar-compressed", "application/ogg", "application/java-archive", "font/woff", "font/woff2":
		return true
	}
	kind, _, _ := strings.Cut(mime, "/")
	return kind == "image" || kind == "audio" || kind == "video"
}

// Encoders and decoders work in the calling goroutine and keep their buffers, so that they are worth pooling and need
// no closing.
var (
	encoders = sync.Pool{New: func() any {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowSize), zstd.WithLowerEncoderMem(true))
		return &pooled[*zstd.Encoder]{e, err}
	}}
	decoders = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindowSize))
		return &pooled[*zstd.Decoder]{d, err}
	}}
)

type pooled[T any] struct {
	value T
	err   error
}

// encode appends the whole encoded file of a small content to dst.
func encode(dst, content []byte) ([]byte, error) {
	e := encoders.Get().(*pooled[*zstd.Encoder])
	if e.err != nil {
		return nil, e.err
	}
	defer encoders.Put(e)
	return appendTrailer(e.value.EncodeAll(content, dst), int64(len(content))), nil
}

// packer writes a content to a file, encoded or not, and counts what it wrote there.
type packer struct {
	to     io.Writer
	stored int64
	enc    *pooled[*zstd.Encoder]
}

func newPacker(to io.Writer, encoded bool) (*packer, error) {
	p := &packer{to: to}
	if encoded {
		p.enc = encoders.Get().(*pooled[*zstd.Encoder])
		if p.enc.err != nil {
			return nil, p.enc.err
		}
		p.enc.value.Reset(fileEnd{p})
	}
	return p, nil
}

func (p *packer) Write(b []byte) (int, error) {
	if p.enc != nil {
		return p.enc.value.Write(b)
	}
	return fileEnd{p}.Write(b)
}

// finish writes what is still held back, and the trailer. The packer is not usable afterwards.
func (p *packer) finish(size int64) error {
	if p.enc == nil {
		return nil
	}
	err := p.enc.value.Close()
	if err == nil {
		_, err = fileEnd{p}.Write(appendTrailer(nil, size))
	}
	p.release()
	return err
}

// release gives the encoder back; it may be called twice.
func (p *packer) release() {
	if p.enc != nil {
		p.enc.value.Reset(nil)
		encoders.Put(p.enc)
		p.enc = nil
	}
}

// fileEnd is the side of a packer that faces the file.
type fileEnd struct{ p *packer }

func (w fileEnd) Write(b []byte) (int, error) {
	n, err := w.p.to.Write(b)
	w.p.stored += int64(n)
	return n, err
}
