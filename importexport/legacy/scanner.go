package legacy

import (
	"bytes"
	"context"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxElement is the size in bytes of the largest single record that is read; a
// larger one can only come from damage (a lost quote) or malice (a gzip bomb).
var maxElement = 256 << 20

// scanner splits JSON text from a reader into values without holding more of it
// than the value asked for. It finds where values end and does not judge their
// inside: what keep returns must be checked by the caller. Bytes that are no UTF-8
// become escapes (see badByte), a byte order mark at the beginning is dropped; both
// are noted.
type scanner struct {
	ctx   context.Context
	src   io.Reader
	close func() error
	tap   io.Writer // sees the text as the scanner sees it; nil without one
	notes *notes

	raw   []byte  // what was read, the beginning of a cut rune included
	hold  [4]byte // the beginning of a cut rune, or of the text
	tail  int     // bytes in hold
	buf   []byte  // what is scanned; aliases raw unless it had to be repaired
	pos   int
	err   error // sticky; io.EOF at the proper end of src
	slash bool  // the last byte of buf is a backslash that is not escaped itself
	begun bool
	sink  io.Writer // takes the text of the value that is read, in place of keeping it; nil without one
	soft  bool      // a value over its limit is passed over instead of being refused
	over  bool      // that happened

	full   bool  // raw was filled to its end
	passed int64 // bytes of the text before buf
	spot   *spot // where the text began; nil if it has no places
}

const scanBuffer = 64 << 10

func newScanner(ctx context.Context, src io.Reader, n *notes, closer func() error) *scanner {
	return &scanner{ctx: ctx, src: src, close: closer, notes: n, raw: make([]byte, scanBuffer)}
}

// Close releases what the scanner reads from.
func (s *scanner) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// fill reads the next piece of text; false at the end or after an error.
func (s *scanner) fill() bool {
	for empty := 0; s.err == nil; empty++ {
		if s.err = s.ctx.Err(); s.err != nil {
			return false
		}
		if s.full && len(s.raw) < scanBuffer {
			s.raw = make([]byte, min(8*len(s.raw), scanBuffer))
		}
		copy(s.raw, s.hold[:s.tail])
		n, err := s.src.Read(s.raw[s.tail:])
		if n == 0 && err == nil && empty > 100 {
			err = io.ErrNoProgress
		}
		s.err, s.full = err, s.tail+n == len(s.raw)
		if s.take(s.raw[:s.tail+n], err != nil) {
			return true
		}
	}
	return false
}

// take makes data, read into raw, the text to scan.
func (s *scanner) take(data []byte, last bool) bool {
	if !s.begun && isUTF16(data) {
		s.begun, s.tail = true, 0
		s.notes.add("bom", "byte order mark of UTF-16 at the beginning")
		s.src, s.err = fromUTF16(data, s.src, s.err), nil
		return false
	}
	if !s.begun && (len(data) >= 3 || last) {
		s.begun = true
		if len(data) >= 3 && string(data[:3]) == "\ufeff" {
			s.notes.add("bom", "byte order mark at the beginning")
			data = data[3:]
		}
	}
	cut := len(data)
	if !last {
		cut -= cutRune(data)
		if !s.begun {
			cut = 0
		}
	}
	s.passed += int64(len(s.buf))
	s.buf, s.pos = data[:cut], 0
	rest := data[cut:]
	if !utf8.Valid(s.buf) {
		s.notes.add("invalid-utf8", "bytes that are no UTF-8 were replaced by U+FFFD")
		s.buf = repaired(s.buf, s.slash)
	}
	s.slash = slashAtEnd(s.buf, s.slash)
	if s.tap != nil {
		s.tap.Write(s.buf)
	}
	s.tail = copy(s.hold[:], rest)
	return len(s.buf) > 0
}

// cutRune returns how many bytes at the end of p begin a rune that is not whole.
func cutRune(p []byte) int {
	for i := 1; i <= 3 && i <= len(p); i++ {
		if b := p[len(p)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-i:]) {
				return i
			}
			return 0
		}
	}
	return 0
}

// repaired returns p with each byte that is no UTF-8 replaced by an escape.
// slash says that a backslash stands before p.
func repaired(p []byte, slash bool) []byte {
	out := make([]byte, 0, len(p)+len(p)/8)
	if slash {
		out = append(out, '\\')
	}
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			out = appendBadByte(out, p[0])
		} else {
			out = append(out, p[:n]...)
		}
		p = p[n:]
	}
	if slash {
		return out[1:]
	}
	return out
}

// slashAtEnd says whether the last byte of p is a backslash that is not escaped itself;
// before says so of what stands before p.
func slashAtEnd(p []byte, before bool) bool {
	n := len(p) - len(bytes.TrimRight(p, `\`))
	if n == len(p) && before {
		n++
	}
	return n%2 != 0
}

// peek returns the next byte that is no white space, without taking it.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.pos < len(s.buf); s.pos++ {
			if c := s.buf[s.pos]; outside[c] != space {
				return c, nil
			}
		}
		if !s.fill() {
			return 0, s.ended()
		}
	}
}

// ended returns the error for the end of the text: io.EOF at the proper end.
func (s *scanner) ended() error {
	if s.err == nil {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// cut returns the error for an end inside a value.
func (s *scanner) cut() error {
	if err := s.ended(); err != io.EOF {
		return err
	}
	return errTruncated
}

// next takes one byte, white space included.
func (s *scanner) next() (byte, error) {
	if s.pos == len(s.buf) && !s.fill() {
		return 0, s.ended()
	}
	c := s.buf[s.pos]
	s.pos++
	return c, nil
}

// drain reads the rest of the text and says whether it held more than white space.
func (s *scanner) drain() (more bool, err error) {
	for {
		_, err := s.peek()
		if err == io.EOF {
			return more, nil
		}
		if err != nil {
			return more, err
		}
		more = true
		s.pos = len(s.buf)
	}
}

// valid checks the inside of a value that keep returned.
func valid(v jsontext.Value) error {
	if v.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return nil
	}
	return errMalformed
}

// tooDeep says whether a value is nested deeper than valid accepts.
func tooDeep(v []byte) bool {
	depth := 0
	for i := 0; i < len(v); i++ {
		switch outside[v[i]] {
		case quote:
			end, _ := stringEnd(v, i+1)
			i = end - 1
		case open:
			if depth++; depth > maxDepth {
				return true
			}
		case shut:
			depth--
		}
	}
	return false
}
