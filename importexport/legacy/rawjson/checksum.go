package rawjson

import (
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Sum32 is the application's checksum of a text: h = h*31 + c over its UTF-16
// code units, wrapping to a signed 32-bit number. What is written must be valid
// UTF-8 taken together; a rune may be cut between two writes.
type Sum32 struct {
	h   uint32
	cut [utf8.UTFMax]byte
	n   int
}

// Write adds p; it never fails.
func (s *Sum32) Write(p []byte) (int, error) {
	size := len(p)
	for s.n > 0 && len(p) > 0 {
		s.cut[s.n] = p[0]
		p = p[1:]
		if s.n++; utf8.FullRune(s.cut[:s.n]) {
			r, _ := utf8.DecodeRune(s.cut[:s.n])
			s.rune(r)
			s.n = 0
		}
	}
	h := s.h
	for i := 0; i < len(p); {
		if c := p[i]; c < utf8.RuneSelf {
			h = h*31 + uint32(c)
			i++
			continue
		}
		if !utf8.FullRune(p[i:]) {
			s.n = copy(s.cut[:], p[i:])
			break
		}
		r, n := utf8.DecodeRune(p[i:])
		s.h = h
		s.rune(r)
		h = s.h
		i += n
	}
	s.h = h
	return size, nil
}

func (s *Sum32) rune(r rune) {
	if r >= 0x10000 {
		r -= 0x10000
		s.h = s.h*31 + uint32(0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	s.h = s.h*31 + uint32(r)
}

// String returns the checksum as wrappers carry it: signed, base 36, lower case.
func (s *Sum32) String() string { return strconv.FormatInt(int64(int32(s.h)), 36) }

// Reencoded writes the value that is next in s as JSON.stringify would: without
// white space to compact, indented by two spaces to pretty.
func Reencoded(s *Scanner, compact, pretty io.Writer) error {
	d := jsontext.NewDecoder(Tokens{s}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	e := &stringifier{compact: compact, pretty: pretty}
	for {
		switch k := d.PeekKind(); k {
		case '{', '[', '}', ']':
			if _, err := d.ReadToken(); err != nil {
				return encodingError(err)
			}
			e.bracket(byte(k))
		default:
			v, err := d.ReadValue()
			if err != nil {
				return encodingError(err)
			}
			// A name has been read when the number of values in the object is odd.
			kind, n := d.StackIndex(d.StackDepth())
			e.scalar(v, kind == '{' && n%2 == 1)
		}
		if d.StackDepth() == 0 {
			return nil
		}
	}
}

func encodingError(err error) error {
	if Fatal(err) {
		return err
	}
	return Joined(ErrMalformed, errors.Unwrap(err))
}

// Tokens gives the text of a scanner as a reader.
type Tokens struct{ S *Scanner }

func (t Tokens) Read(p []byte) (int, error) {
	if t.S.pos == len(t.S.buf) && !t.S.fill() {
		return 0, t.S.ended()
	}
	n := copy(p, t.S.buf[t.S.pos:])
	t.S.pos += n
	return n, nil
}

// stringifier writes JSON in the two forms that the application wrote.
type stringifier struct {
	compact, pretty io.Writer
	depth           int
	begun           bool // the container that is open has a value
	value           bool // a name was written; its value is next
	scratch         []byte
}

func (e *stringifier) both(p []byte) { e.compact.Write(p); e.pretty.Write(p) }

var indent = append([]byte{'\n'}, make([]byte, 256)...)

func init() {
	for i := range indent[1:] {
		indent[i+1] = ' '
	}
}

func (e *stringifier) line() {
	n := 2 * e.depth
	e.pretty.Write(indent[:1+min(n, 256)])
	for n -= 256; n > 0; n -= 256 {
		e.pretty.Write(indent[1 : 1+min(n, 256)])
	}
}

// before writes what stands between the last token and the next value or name.
func (e *stringifier) before() {
	if e.value {
		e.value = false
		return
	}
	if e.begun {
		e.both([]byte{','})
	}
	if e.depth > 0 {
		e.line()
	}
	e.begun = true
}

func (e *stringifier) bracket(k byte) {
	if k == '{' || k == '[' {
		e.before()
		e.both([]byte{k})
		e.depth++
		e.begun = false
		return
	}
	e.depth--
	if e.begun {
		e.line()
	}
	e.both([]byte{k})
	e.begun = true
}

func (e *stringifier) scalar(v jsontext.Value, name bool) {
	e.before()
	e.scratch = appendJS(e.scratch[:0], v)
	e.both(e.scratch)
	if name {
		e.compact.Write([]byte{':'})
		e.pretty.Write([]byte(": "))
		e.value = true
	}
}

// appendJS appends a scalar as JSON.stringify writes it.
func appendJS(dst []byte, v jsontext.Value) []byte {
	switch v.Kind() {
	case '0':
		f, _ := strconv.ParseFloat(string(v), 64)
		switch {
		case f == 0:
			return append(dst, '0')
		case math.IsInf(f, 0):
			return append(dst, "null"...)
		}
		return append(dst, jsontext.Float(f).String()...)
	case '"':
		return appendJSString(dst, v)
	}
	return append(dst, v...)
}

// appendJSString appends a string with the escapes that JSON.stringify uses and
// no others; lone surrogates stay escaped.
func appendJSString(dst []byte, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' {
			dst = append(dst, v[i])
			continue
		}
		i++
		if v[i] == '/' {
			dst = append(dst, '/')
		} else if v[i] != 'u' {
			dst = append(dst, '\\', v[i])
		} else {
			var n int
			dst, n = appendJSRune(dst, v[i-1:])
			i += n - 2
		}
	}
	return dst
}

// appendJSRune appends the rune whose \u escape is at the front of v and returns
// the length of the escape.
func appendJSRune(dst, v []byte) ([]byte, int) {
	r := hex4(v)
	if r >= 0xd800 && r < 0xdc00 && len(v) >= 12 && v[6] == '\\' && v[7] == 'u' {
		if low := hex4(v[6:]); low >= 0xdc00 && low < 0xe000 {
			return utf8.AppendRune(dst, (r-0xd800)<<10+(low-0xdc00)+0x10000), 12
		}
	}
	const short = "btn\x00fr" // of U+0008 to U+000D
	switch {
	case r >= 8 && r <= 13 && r != 11:
		return append(dst, '\\', short[r-8]), 6
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r)), 6
	case r < 0x20 || r >= 0xd800 && r < 0xe000:
		return append(dst, "\\u"+HexText(r)...), 6
	}
	return utf8.AppendRune(dst, r), 6
}

func hex4(v []byte) (r rune) {
	for _, c := range v[2:6] {
		d, _ := hexDigit(c)
		r = r<<4 | d
	}
	return r
}

func HexText(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	return "0000"[len(s):] + s
}
