package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPutChanging: a file that somebody writes to is read again until it stands still,
// and not kept when it never does.
func TestPutChanging(t *testing.T) {
	for name, size := range map[string]int{"small": 100, "large": 3 * bufferSize} {
		d := open(t)
		path := filepath.Join(t.TempDir(), "f")
		is, will := noise(1, size), noise(2, size)
		for _, times := range []int{1, readings} { // that it changes
			if err := os.WriteFile(path, is, 0o600); err != nil {
				t.Fatal(err)
			}
			n := 0
			src := File(path, "")
			steady := src.Open
			src.Open = func(ctx context.Context) (io.ReadCloser, error) {
				r, err := steady(ctx)
				if n++; n > times || err != nil {
					return r, err
				}
				return &meanwhile{r, func() error { // written to after its first byte was read
					return os.WriteFile(path, append(bytes.Clone(will[:size-n]), byte(n)), 0o600)
				}}, nil
			}
			infos, err := d.PutMany(t.Context(), func(yield func(Source) bool) { yield(src) })
			if times == 1 {
				want := append(bytes.Clone(will[:size-1]), 1)
				if err != nil || len(infos) != 1 || infos[0].SHA256 != hashOf(want) {
					t.Errorf("%s: %v, %v", name, infos, err)
				}
				continue
			}
			if !errors.Is(err, ErrChanged) || len(infos) != 0 || n != readings {
				t.Errorf("%s, always: %v, %v, read %d times", name, infos, err, n)
			}
		}
		if got := all(t, d); len(got) != 1 {
			t.Errorf("%s: %d contents", name, len(got))
		}
		if err := d.removeTemps(time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
	}
}

// meanwhile does something once, after the first byte was read.
type meanwhile struct {
	io.ReadCloser
	do func() error
}

func (m *meanwhile) Read(p []byte) (int, error) {
	do := m.do
	if do == nil || len(p) == 0 {
		return m.ReadCloser.Read(p)
	}
	m.do = nil
	n, err := m.ReadCloser.Read(p[:1])
	return n, errors.Join(err, do())
}
