package archive

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestLinesNotUTF8: an archive whose bytes are those of its manifest, and no UTF-8, is refused with their place.
func TestLinesNotUTF8(t *testing.T) {
	read := 0
	err := eachLine(t.Context(), strings.NewReader("{}\n\n{\"id\":\"é\xff\"}\n{}\n"), "records/notes.ndjson", 1<<20, func(int, []byte) error { read++; return nil })
	want := "records/notes.ndjson: line 3, byte 14: found the byte 0xFF"
	if !errors.Is(err, ErrForm) || !strings.Contains(err.Error(), want) || read != 1 {
		t.Errorf("%v after %d lines, want %q", err, read, want)
	}
}

// TestLineTooLong: a line that unpacks to more than its file can hold is refused before it fills the memory.
func TestLineTooLong(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("{}\n"), repeated('x'))
	read := 0
	err := eachLine(t.Context(), endless, "records/notes.ndjson", 1<<20, func(int, []byte) error { read++; return nil })
	if !errors.Is(err, ErrForm) || !strings.Contains(err.Error(), "records/notes.ndjson: line 2") || read != 1 {
		t.Errorf("%v after %d lines", err, read)
	}
}

// repeated is a byte without end.
type repeated byte

func (b repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}
