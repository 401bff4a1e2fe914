package rawjson

import (
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// GzipFile reads a gzip stream; damage of it ends in ErrGzip.
type GzipFile struct {
	Src io.Reader
	z   *gzip.Reader
	err error
}

func (g *GzipFile) Read(p []byte) (n int, err error) {
	if g.err != nil {
		return 0, g.err
	}
	if g.z == nil {
		if g.z, err = gzip.NewReader(g.Src); err != nil {
			g.err = gzipCause(err)
			return 0, g.err
		}
	}
	n, err = g.z.Read(p)
	if err != nil && err != io.EOF {
		err = gzipCause(err)
	}
	g.err = err
	return n, err
}

func gzipCause(err error) error {
	switch {
	case Fatal(err):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Joined(ErrGzip, errors.New("the stream ends early"))
	}
	return Joined(ErrGzip, err)
}
