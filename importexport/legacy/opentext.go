package legacy

import (
	"fmt"
	"io"
	"io/fs"
)

// openText opens the text that a file holds as a JSON string, in whatever wrappers.
func openText(l layer) (io.ReadCloser, error) {
	w, err := unwrap(l, false)
	if err != nil {
		return nil, err
	}
	if kind, err := w.final.kind(); err != nil || kind != '"' {
		return nil, fmt.Errorf("holds no text: %w", fs.ErrNotExist)
	}
	u, err := w.final.unescaped()
	if err != nil {
		return nil, err
	}
	return &openedText{unescaper: u}, nil
}

// openedText is the text of a string that is being read. The scan has told of
// damage in it; here it ends where the damage begins, unless it is strict.
type openedText struct {
	*unescaper
	strict bool
}

func (t *openedText) Read(p []byte) (int, error) {
	n, err := t.unescaper.Read(p)
	if err != nil && !t.strict && !fatal(err) {
		err = io.EOF
	}
	return n, err
}

func (t *openedText) Close() error { return t.s.Close() }
