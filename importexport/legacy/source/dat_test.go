package source

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in, mime, want string
		err            error
	}{
		{"aGVsbG8=", "", "hello", nil},
		{" \n aGVs\nbG8", "", "hello", nil},
		{"data:image/png;base64,aGVsbG8=", "image/png", "hello", nil},
		{"DATA:image/png;name=a.png;base64,aGVsbG8", "image/png", "hello", nil},
		{"data:text/plain;charset=utf-8,a%20b%zz", "text/plain", "a b%zz", nil},
		{"***this is not base64***", "", "", ErrUndecodable},
		{"aGVsb", "", "", ErrUndecodable},
		{"", "", "", nil},
	} {
		d, err := NewDatReader(strings.NewReader(tc.in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(d)
		if !errors.Is(err, tc.err) || tc.err == nil && (string(got) != tc.want || d.MIME != tc.mime) {
			t.Errorf("%q: %q (%s), %v", tc.in, got, d.MIME, err)
		}
	}
}
