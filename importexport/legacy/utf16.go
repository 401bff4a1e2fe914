package legacy

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// isUTF16 tells whether a text begins with a byte order mark of UTF-16, as an editor on
// Windows writes it: text that the app wrote is UTF-8 and never does.
func isUTF16(begin []byte) bool {
	return len(begin) >= 2 && (begin[0] == 0xff && begin[1] == 0xfe || begin[0] == 0xfe && begin[1] == 0xff)
}

// fromUTF16 gives in UTF-8, without the mark, the text that begins with what was read and
// goes on with rest; failed is the error that came with what was read.
func fromUTF16(read []byte, rest io.Reader, failed error) io.Reader {
	if failed != nil {
		rest = failedRead{failed}
	}
	whole := io.MultiReader(bytes.NewReader(bytes.Clone(read)), rest)
	return transform.NewReader(whole, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
}

// plainText is a text file in UTF-8, whichever of the two it is in.
func plainText(f io.ReadCloser) io.ReadCloser {
	in := bufio.NewReader(f)
	text := struct {
		io.Reader
		io.Closer
	}{in, f}
	if mark, _ := in.Peek(2); isUTF16(mark) {
		text.Reader = fromUTF16(nil, in, nil)
	}
	return text
}

// failedRead is a reader at whose place an error was found.
type failedRead struct{ err error }

func (f failedRead) Read([]byte) (int, error) { return 0, f.err }
