package rawjson

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// GzipPrefix marks a string that holds compressed text.
const GzipPrefix = "GZIP_V1:"

// Base64Reader decodes standard or URL base64, passing over white space and
// needing no padding. Other bytes are passed over and counted.
type Base64Reader struct {
	src     io.Reader
	in      []byte
	rest    []byte
	acc     uint32
	Bits    uint
	padded  bool
	Illegal int64
	err     error
}

var digits [256]int8

const (
	digitSpace = -1 - iota
	digitPad
	digitBad
)

func init() {
	for i := range digits {
		digits[i] = digitBad
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range alphabet {
		digits[alphabet[i]] = int8(i)
	}
	digits['-'], digits['_'], digits['='] = 62, 63, digitPad
	for _, c := range " \t\r\n\f\v" {
		digits[c] = digitSpace
	}
}

func NewBase64Reader(src io.Reader) *Base64Reader {
	return &Base64Reader{src: src, in: make([]byte, 16<<10)}
}

func (b *Base64Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(b.rest) == 0 {
			if n > 0 || b.err != nil {
				return n, b.give(n)
			}
			var m int
			m, b.err = b.src.Read(b.in)
			b.rest = b.in[:m]
			continue
		}
		if m := b.bulk(p[n:]); m > 0 {
			n += m
			continue
		}
		c := b.rest[0]
		b.rest = b.rest[1:]
		d := digits[c]
		switch {
		case d >= 0 && !b.padded:
			b.acc = b.acc<<6 | uint32(d)
			if b.Bits += 6; b.Bits >= 8 {
				b.Bits -= 8
				p[n] = byte(b.acc >> b.Bits)
				n++
			}
		case d == digitPad:
			b.padded = true
		case d != digitSpace:
			b.Illegal++
		}
	}
	return n, nil
}

// bulk decodes groups of four digits into p, as long as nothing else comes.
func (b *Base64Reader) bulk(p []byte) (n int) {
	if b.Bits > 0 || b.padded {
		return 0
	}
	in := b.rest
	for len(in) >= 4 && n+3 <= len(p) {
		w, x, y, z := digits[in[0]], digits[in[1]], digits[in[2]], digits[in[3]]
		if w|x|y|z < 0 {
			break
		}
		v := uint32(w)<<18 | uint32(x)<<12 | uint32(y)<<6 | uint32(z)
		p[n], p[n+1], p[n+2] = byte(v>>16), byte(v>>8), byte(v)
		n += 3
		in = in[4:]
	}
	b.rest = in
	return n
}

// give returns the error to return beside n bytes.
func (b *Base64Reader) give(n int) error {
	if n > 0 {
		return nil
	}
	return b.err
}

// gzipText reads the base64 of a gzip stream from the rest of a string whose
// prefix was taken. Damage inside ends in ErrGzip, an early end of the string
// itself in ErrTruncated.
type gzipText struct {
	u     *unescaper
	b64   *Base64Reader
	in    *bufio.Reader
	z     *gzip.Reader
	notes *Notes
	err   error
}

func newGzipText(u *unescaper, n *Notes) *gzipText {
	g := &gzipText{u: u, notes: n, b64: NewBase64Reader(u)}
	g.in = bufio.NewReaderSize(g.b64, 16<<10)
	return g
}

func (g *gzipText) Read(p []byte) (n int, err error) {
	if g.err != nil {
		return 0, g.err
	}
	if g.z == nil {
		if g.z, err = gzip.NewReader(g.in); err != nil {
			g.err = g.cause(err)
			return 0, g.err
		}
		g.z.Multistream(false)
	}
	n, err = g.z.Read(p)
	if err == io.EOF {
		if _, e := g.in.ReadByte(); e == nil {
			g.notes.Add("gzip-error", "data after the end of the gzip stream")
		}
	}
	if g.b64.Illegal > 0 {
		g.notes.Add("undecodable-base64", "characters that are no base64 were passed over")
	}
	if err != nil {
		err = g.cause(err)
	}
	g.err = err
	return n, err
}

// cause tells damage of the stream from the end and the errors of what is below.
func (g *gzipText) cause(err error) error {
	below := g.u.err
	switch {
	case err == io.EOF && g.z != nil:
		return io.EOF
	case below != nil && below != io.EOF:
		return below
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Joined(ErrGzip, errors.New("the stream ends early"))
	}
	return Joined(ErrGzip, err)
}
