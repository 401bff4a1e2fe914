package importexport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

// eachLine calls fn for every line that is not empty, with its number.
func eachLine(ctx context.Context, r io.Reader, fn func(number int, text []byte) error) error {
	in := bufio.NewReaderSize(skipBOM(r), 1<<16)
	for number := 1; ; number++ {
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if failed := errors.Join(ctx.Err(), fn(number, text)); failed != nil {
				return failed
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// skipBOM takes a byte order mark away.
func skipBOM(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3)
	}
	return in
}
