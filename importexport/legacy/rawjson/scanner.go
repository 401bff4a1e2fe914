package rawjson

import (
	"bytes"
	"context"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxElement is the size in bytes of the largest single record that is read; a
// larger one can only come from damage (a lost quote) or malice (a gzip bomb).
var MaxElement = 256 << 20

// Scanner splits JSON text from a reader into values without holding more of it
// than the value asked for. It finds where values end and does not judge their
// inside: what keep returns must be checked by the caller. Bytes that are no UTF-8
// become escapes (see BadByte), a byte order mark at the beginning is dropped; both
// are noted.
type Scanner struct {
	Ctx   context.Context
	Src   io.Reader
	close func() error
	Tap   io.Writer // sees the text as the scanner sees it; nil without one
	Notes *Notes

	Raw   []byte  // what was read, the beginning of a cut rune included
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
	Spot   *Spot // where the text began; nil if it has no places
}

const ScanBuffer = 64 << 10

func NewScanner(ctx context.Context, src io.Reader, n *Notes, closer func() error) *Scanner {
	return &Scanner{Ctx: ctx, Src: src, close: closer, Notes: n, Raw: make([]byte, ScanBuffer)}
}

// Close releases what the scanner reads from.
func (s *Scanner) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// fill reads the next piece of text; false at the end or after an error.
func (s *Scanner) fill() bool {
	for empty := 0; s.err == nil; empty++ {
		if s.err = s.Ctx.Err(); s.err != nil {
			return false
		}
		if s.full && len(s.Raw) < ScanBuffer {
			s.Raw = make([]byte, min(8*len(s.Raw), ScanBuffer))
		}
		copy(s.Raw, s.hold[:s.tail])
		n, err := s.Src.Read(s.Raw[s.tail:])
		if n == 0 && err == nil && empty > 100 {
			err = io.ErrNoProgress
		}
		s.err, s.full = err, s.tail+n == len(s.Raw)
		if s.accept(s.Raw[:s.tail+n], err != nil) {
			return true
		}
	}
	return false
}

// accept makes data, read into raw, the text to scan.
func (s *Scanner) accept(data []byte, last bool) bool {
	if !s.begun && IsUTF16(data) {
		s.begun, s.tail = true, 0
		s.Notes.Add("bom", "byte order mark of UTF-16 at the beginning")
		s.Src, s.err = FromUTF16(data, s.Src, s.err), nil
		return false
	}
	if !s.begun && (len(data) >= 3 || last) {
		s.begun = true
		if len(data) >= 3 && string(data[:3]) == "\ufeff" {
			s.Notes.Add("bom", "byte order mark at the beginning")
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
		s.Notes.Add("invalid-utf8", "bytes that are no UTF-8 were replaced by U+FFFD")
		s.buf = repaired(s.buf, s.slash)
	}
	s.slash = slashAtEnd(s.buf, s.slash)
	if s.Tap != nil {
		s.Tap.Write(s.buf)
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

// Peek returns the next byte that is no white space, without taking it.
func (s *Scanner) Peek() (byte, error) {
	for {
		for ; s.pos < len(s.buf); s.pos++ {
			if c := s.buf[s.pos]; Outside[c] != Space {
				return c, nil
			}
		}
		if !s.fill() {
			return 0, s.ended()
		}
	}
}

// ended returns the error for the end of the text: io.EOF at the proper end.
func (s *Scanner) ended() error {
	if s.err == nil {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// Cut returns the error for an end inside a value.
func (s *Scanner) Cut() error {
	if err := s.ended(); err != io.EOF {
		return err
	}
	return ErrTruncated
}

// next takes one byte, white space included.
func (s *Scanner) next() (byte, error) {
	if s.pos == len(s.buf) && !s.fill() {
		return 0, s.ended()
	}
	c := s.buf[s.pos]
	s.pos++
	return c, nil
}

// Drain reads the rest of the text and says whether it held more than white space.
func (s *Scanner) Drain() (more bool, err error) {
	for {
		_, err := s.Peek()
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

// Valid checks the inside of a value that keep returned.
func Valid(v jsontext.Value) error {
	if v.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return nil
	}
	return ErrMalformed
}

// TooDeep says whether a value is nested deeper than valid accepts.
func TooDeep(v []byte) bool {
	depth := 0
	for i := 0; i < len(v); i++ {
		switch Outside[v[i]] {
		case quote:
			end, _ := StringEnd(v, i+1)
			i = end - 1
		case open:
			if depth++; depth > maxDepth {
				return true
			}
		case Shut:
			depth--
		}
	}
	return false
}
