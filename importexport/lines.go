package importexport

import (
	"bufio"
	"context"
	"io"

	"taskstore/importexport/archive"
)

// eachLine calls fn for every line that is not empty, with its number.
func eachLine(ctx context.Context, r io.Reader, fn func(number int, text []byte) error) error {
	return archive.EachLine(ctx, skipBOM(r), fn)
}

// skipBOM takes a byte order mark away.
func skipBOM(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3)
	}
	return in
}
