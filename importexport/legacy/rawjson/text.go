package rawjson

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// unescaper reads the text of the JSON string that begins at a scanner's next
// byte. It ends with io.EOF at the closing quote and with ErrTruncated where the
// scanner's text ends before it.
type unescaper struct {
	s     *Scanner
	out   []byte // decoded, to be given next
	store [16]byte
	high  rune // a high surrogate that waits for its partner
	json  bool // the text is JSON, in which half of a pair can be said
	err   error
}

// Unescape begins reading the string that is next in s.
func Unescape(s *Scanner) *unescaper {
	s.pos++
	return &unescaper{s: s}
}

func (u *unescaper) Read(p []byte) (n int, err error) {
	for n < len(p) {
		switch {
		case len(u.out) > 0:
			m := copy(p[n:], u.out)
			u.out = u.out[m:]
			n += m
		case u.err != nil:
			if n > 0 {
				return n, nil
			}
			return 0, u.err
		default:
			n += u.step(p[n:])
		}
	}
	return n, nil
}

// step decodes what is at hand into p, or one escape into out.
func (u *unescaper) step(p []byte) int {
	s := u.s
	if s.pos == len(s.buf) && !s.fill() {
		u.flush(u.store[:0])
		u.err = s.Cut()
		return 0
	}
	if u.high == 0 {
		if n := u.bulk(p); n > 0 {
			return n
		}
	}
	switch s.buf[s.pos] {
	case '"':
		s.pos++
		u.flush(u.store[:0])
		u.err = io.EOF
	case '\\':
		s.pos++
		u.escape()
	default: // a control character, or after a high surrogate
		c := s.buf[s.pos]
		u.flush(u.store[:0])
		if c < ' ' {
			s.pos++
			s.Notes.Add("malformed", "a control character in a string")
			u.out = append(u.out, c)
		}
	}
	return 0
}

// bulk decodes plain bytes and short escapes into p, as long as they go on.
func (u *unescaper) bulk(p []byte) (n int) {
	buf, i := u.s.buf, u.s.pos
	for n < len(p) && i < len(buf) {
		c := buf[i]
		if inside[c] == 0 {
			p[n] = c
			n++
			i++
			continue
		}
		if c != '\\' || i+1 == len(buf) || shortEscape[buf[i+1]] == 0 {
			break
		}
		p[n] = shortEscape[buf[i+1]]
		n++
		i += 2
	}
	u.s.pos = i
	return n
}

// lone gives half of a surrogate pair: as an escape where the text is JSON, else as
// U+FFFD.
func (u *unescaper) lone(dst []byte, r rune) []byte {
	u.s.Notes.Add("lone-surrogate", "in the text of a string that holds JSON")
	switch {
	case !u.json:
		return utf8.AppendRune(dst, utf8.RuneError)
	case r >= 0xdc80 && r < 0xdd00: // it may be a bad byte
		return appendBadByte(dst, byte(r))
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

// flush gives a high surrogate without a partner.
func (u *unescaper) flush(dst []byte) {
	if u.high != 0 {
		dst = u.lone(u.store[:0], u.high)
		u.high = 0
	}
	u.out = dst
}

// escapes are the bytes that stand behind a backslash, and what they mean.
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape decodes what follows a backslash into out.
func (u *unescaper) escape() {
	c, err := u.s.next()
	if err != nil {
		u.err = u.s.Cut()
		return
	}
	if c == 'u' {
		u.hex()
		return
	}
	u.flush(u.store[:0])
	v := shortEscape[c]
	if v == 0 {
		u.s.Notes.Add("malformed", "an unknown escape in a string")
		u.out = append(u.out, '\\')
		v = c
	}
	u.out = append(u.out, v)
}

// shortEscape is escapes by index; 0 for a byte that is none of them.
var shortEscape [256]byte

func init() {
	for c, v := range escapes {
		shortEscape[c] = v
	}
}

// hex decodes the four digits of a \u escape.
func (u *unescaper) hex() {
	var r rune
	for range 4 {
		c, err := u.s.next()
		if err != nil {
			u.err = u.s.Cut()
			return
		}
		d, ok := hexDigit(c)
		if !ok {
			u.s.Notes.Add("malformed", "an unknown escape in a string")
			u.s.pos--
			break
		}
		r = r<<4 | d
	}
	if u.high != 0 && utf16.IsSurrogate(r) && r >= 0xdc00 {
		r, u.high = utf16.DecodeRune(u.high, r), 0
		u.out = utf8.AppendRune(u.store[:0], r)
		return
	}
	u.flush(u.store[:0])
	if utf16.IsSurrogate(r) && r < 0xdc00 {
		u.high = r
		return
	}
	if utf16.IsSurrogate(r) {
		u.out = u.lone(u.out, r)
		return
	}
	u.out = utf8.AppendRune(u.out, r)
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case c|32 >= 'a' && c|32 <= 'f':
		return rune(c|32-'a') + 10, true
	}
	return 0, false
}

// A byte that is no UTF-8 is read as half of a surrogate pair, in a mixture of
// cases that nothing else writes, so that ids which differ there stay different.
// Where a text is no id, U+FFFD takes its place when the record is whole: see plainly.
const BadByte = `\uDc`

func appendBadByte(dst []byte, b byte) []byte {
	if slashAtEnd(dst, false) {
		return utf8.AppendRune(dst, utf8.RuneError)
	}
	return fmt.Appendf(dst, BadByte+"%02x", b)
}
