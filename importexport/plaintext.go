package importexport

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// errNotPlain says that a string cannot be read as a stream: it holds something that is
// no text, and what becomes of that is the decoder's to say.
var errNotPlain = errors.New("no plain text")

// plainText is the text of a JSON string, which comes as it stands between its quotes.
type plainText struct {
	r    *bufio.Reader
	rest []byte // of the last character
}

func newPlainText(r io.Reader) *plainText { return &plainText{r: bufio.NewReaderSize(r, 32<<10)} }

func (t *plainText) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(t.rest) > 0 {
			c := copy(p[n:], t.rest)
			n, t.rest = n+c, t.rest[c:]
			continue
		}
		c, err := t.r.ReadByte()
		switch {
		case err != nil:
			return n, err
		case c == '\\':
			err = t.escape()
		case c >= utf8.RuneSelf:
			err = t.character()
		default:
			p[n] = c
			n++
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// character reads a character of several bytes, of which the first was read.
func (t *plainText) character() error {
	if err := t.r.UnreadByte(); err != nil {
		return err
	}
	r, size, err := t.r.ReadRune()
	if r == utf8.RuneError && size == 1 {
		return errNotPlain
	}
	t.rest = utf8.AppendRune(t.rest[:0], r)
	return err
}

// escape reads what follows a backslash.
func (t *plainText) escape() error {
	c, err := t.r.ReadByte()
	if err != nil {
		return err
	}
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return errNotPlain
		}
		t.rest = append(t.rest[:0], "\"\\/\b\f\n\r\t"[i])
		return nil
	}
	r, err := t.hex()
	if err == nil && utf16.IsSurrogate(r) {
		var next [2]byte
		if _, err = io.ReadFull(t.r, next[:]); err != nil || string(next[:]) != `\u` {
			return errNotPlain
		}
		var low rune
		low, err = t.hex()
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return errNotPlain
		}
	}
	t.rest = utf8.AppendRune(t.rest[:0], r)
	return err
}

func (t *plainText) hex() (rune, error) {
	var digits [4]byte
	if _, err := io.ReadFull(t.r, digits[:]); err != nil {
		return 0, errNotPlain
	}
	n, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return 0, errNotPlain
	}
	return rune(n), nil
}

// wholeUTF16 passes a text in UTF-16 through and holds that it is whole: its decoder puts
// U+FFFD in the place of half a character, which would be a loss that nobody is told of.
type wholeUTF16 struct {
	r         io.Reader
	bigEndian bool
	at        int64 // bytes that were read
	line      int
	first     byte // of a unit whose second byte is in the next piece
	high      bool // the unit before is the first half of a pair
}

func (t *wholeUTF16) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for _, c := range p[:n] {
		if t.at++; t.at%2 == 1 {
			t.first = c
			continue
		}
		unit := rune(c)<<8 | rune(t.first)
		if t.bigEndian {
			unit = rune(t.first)<<8 | rune(c)
		}
		half := utf16.IsSurrogate(unit)
		low := half && unit >= 0xDC00
		if low != t.high {
			return 0, t.misfit(!t.high)
		}
		t.high = half && !low
		if unit == '\n' {
			t.line++
		}
	}
	if err == io.EOF && (t.high || t.at%2 == 1) {
		return 0, t.misfit(true)
	}
	return n, err
}

// misfit says where half of a character stands: in the unit that was read last, or in the
// one before it.
func (t *wholeUTF16) misfit(last bool) error {
	e := misfit(-1, "half of a character, which is no UTF-16 there", "whole characters", "take another copy of the file")
	e.Line, e.Byte = t.line, (t.at-1)/2*2+1
	if !last {
		e.Byte -= 2
	}
	return e
}
