package rawjson

import (
	"fmt"
	"io"
	"io/fs"
)

// OpenText opens the text that a file holds as a JSON string, in whatever wrappers.
func OpenText(l Layer) (io.ReadCloser, error) {
	w, err := Unwrap(l, false)
	if err != nil {
		return nil, err
	}
	if kind, err := w.Final.Kind(); err != nil || kind != '"' {
		return nil, fmt.Errorf("holds no text: %w", fs.ErrNotExist)
	}
	u, err := w.Final.unescaped()
	if err != nil {
		return nil, err
	}
	return &OpenedText{unescaper: u}, nil
}

// OpenedText is the text of a string that is being read. The scan has told of
// damage in it; here it ends where the damage begins, unless it is strict.
type OpenedText struct {
	*unescaper
	Strict bool
}

func (t *OpenedText) Read(p []byte) (int, error) {
	n, err := t.unescaper.Read(p)
	if err != nil && !t.Strict && !Fatal(err) {
		err = io.EOF
	}
	return n, err
}

func (t *OpenedText) Close() error { return t.s.Close() }
