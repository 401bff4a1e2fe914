package legacy

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"taskstore/blobs"
)

// TestPutErrors: an error of reading the source is told from one of the store, also where
// the store returns both alike.
func TestPutErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	full := func(context.Context, io.Reader, string) (blobs.Info, error) { return blobs.Info{}, broken }
	from := func(r io.Reader, err error) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(r), err }
	}
	for name, tc := range map[string]struct {
		put      putter
		open     func() (io.ReadCloser, error)
		ofSource bool
	}{
		"cannot be opened":   {hashed, from(nil, broken), true},
		"cannot be read":     {hashed, from(iotest.ErrReader(broken), nil), true},
		"breaks off":         {hashed, from(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), nil), true},
		"cannot be stored":   {full, from(strings.NewReader("abc"), nil), false},
		"nothing to be read": {full, from(strings.NewReader(""), nil), false},
	} {
		_, err := putOpened(t.Context(), tc.put, tc.open, "")
		var of sourceError
		if !errors.Is(err, broken) || errors.As(err, &of) != tc.ofSource {
			t.Errorf("%s: %v, of the source %v", name, err, errors.As(err, &of))
		}
	}
	if _, err := putText(t.Context(), full, "YWJj", ""); err == nil || errors.As(err, new(sourceError)) {
		t.Errorf("a text that cannot be stored: %v", err)
	}
}
