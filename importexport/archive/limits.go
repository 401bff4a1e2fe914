package archive

import (
	"fmt"
	"io"
)

// A few bytes of a zip file can say that they are gigabytes. What is held in memory of them is
// bounded by what the file has besides: a manifest by the number of files, a line by how much
// is compressed. Contents are not held in memory.
const (
	lineLeast = 64 << 20
	lineRatio = 200 // text is compressed to a tenth, seldom to a fiftieth
)

// limited gives an error where more is read than there is left.
type limited struct {
	r    io.Reader
	left int64
}

var errTooLarge = fmt.Errorf("%w: it unpacks to more than such a file can hold", ErrForm)

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
