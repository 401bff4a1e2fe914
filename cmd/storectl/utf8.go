package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"taskstore/schema"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// A byte that is no UTF-8 would become U+FFFD in a record, and two ids that differ in such
// bytes alone would become one. So a text that holds one is refused, and the place is named.

// place is where a text begins in what is read.
type place struct {
	line int   // from 1
	at   int64 // bytes before it
}

// after is the place behind some bytes of the text.
func (p place) after(text []byte) place {
	return place{p.line + bytes.Count(text, []byte("\n")), p.at + int64(len(text))}
}

// notUTF8 is the error of the first byte that is no UTF-8.
type notUTF8 struct{ place }

const utf8Hint = "save it as UTF-8; of another encoding, iconv -f ENCODING -t UTF-8 makes that"

func (e *notUTF8) Error() string {
	return fmt.Sprintf("line %d, byte %d: found a byte that is no UTF-8; expected text in UTF-8", e.line, e.at+1)
}

// checkUTF8 looks for such a byte in a text that begins at a place.
func (p place) checkUTF8(text []byte) error {
	for rest := text; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return &notUTF8{p.after(text[:len(text)-len(rest)])}
		}
		rest = rest[n:]
	}
	return nil
}

// mostGiven is how many bytes of JSON one record is given as: more than all of its texts may have, for inline contents
// stand there too.
const mostGiven = schema.MaxRecord + 64<<20

var errTooLong = fmt.Errorf("one record has more than %d MB of JSON; add large files with blob add", mostGiven>>20)

func tooLong(line int) error {
	return misuse("storectl blob add puts a file of any size into the store", "line %d: %v", line, errTooLong)
}

// readGiven reads a line of a number, with its end.
func readGiven(in *bufio.Reader, number int) (line []byte, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		if line = append(line, piece...); len(line) > mostGiven {
			return nil, tooLong(number)
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// validText passes a text through up to the first byte that is no UTF-8, and no more at once than there is room for.
type validText struct {
	r    io.Reader
	at   place // of the next byte
	room int64
}

func newValidText(r io.Reader, begins place) *validText {
	return &validText{r: transform.NewReader(r, encoding.UTF8Validator), at: begins, room: mostGiven}
}

func (t *validText) Read(p []byte) (int, error) {
	if t.room <= 0 {
		return 0, errTooLong
	}
	n, err := t.r.Read(p)
	t.room -= int64(n)
	t.at = t.at.after(p[:n])
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		err = &notUTF8{t.at}
	}
	return n, err
}
