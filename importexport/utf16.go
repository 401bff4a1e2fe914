package importexport

import (
	"io"
	"unicode/utf16"
)

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
