package rawjson

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// IsUTF16 tells whether a text begins with a byte order mark of UTF-16, as an editor on
// Windows writes it: text that the app wrote is UTF-8 and never does.
func IsUTF16(begin []byte) bool {
	return len(begin) >= 2 && (begin[0] == 0xff && begin[1] == 0xfe || begin[0] == 0xfe && begin[1] == 0xff)
}

// FromUTF16 gives in UTF-8, without the mark, the text that begins with what was read and
// goes on with rest; failed is the error that came with what was read.
func FromUTF16(read []byte, rest io.Reader, failed error) io.Reader {
	if failed != nil {
		rest = failedRead{failed}
	}
	whole := io.MultiReader(bytes.NewReader(bytes.Clone(read)), rest)
	return transform.NewReader(whole, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
}

// markUTF8 is the byte order mark of UTF-8.
const markUTF8 = "\ufeff"

// HasMark tells whether a text begins with a byte order mark of either encoding.
func HasMark(begin []byte) bool {
	return IsUTF16(begin) || bytes.HasPrefix(begin, []byte(markUTF8))
}

// PlainText is a file of base64 or digits in UTF-8 without a mark, whichever encoding it
// is in. Behind the mark a letter of ASCII must stand: other bytes are no such text, and
// stay what they are.
func PlainText(f io.ReadCloser) io.ReadCloser {
	in := bufio.NewReader(f)
	text := struct {
		io.Reader
		io.Closer
	}{in, f}
	front, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(front, []byte(markUTF8)) && (len(front) < 4 || front[3] < utf8.RuneSelf):
		in.Discard(len(markUTF8))
	case IsUTF16(front) && (len(front) < 4 || min(front[2], front[3]) == 0 && max(front[2], front[3]) < utf8.RuneSelf):
		text.Reader = FromUTF16(nil, in, nil)
	}
	return text
}

// failedRead is a reader at whose place an error was found.
type failedRead struct{ err error }

func (f failedRead) Read([]byte) (int, error) { return 0, f.err }
