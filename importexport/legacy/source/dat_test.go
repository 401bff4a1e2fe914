package source

import (
	"errors"
	"io"
	"strings"
	"testing"

	"taskstore/schema"

	"pgregory.net/rapid"
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
		{"data:text/plain;charset=utf-8,a%20b", "text/plain", "a b", nil},
		{"data:text/plain,a%zz", "", "", ErrUndecodable},
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

// TestDatAsStored: the store takes a text as the reader does, so that what a scan or a dry
// run says of a content is true of what is stored.
func TestDatAsStored(t *testing.T) {
	t.Parallel()
	pieces := rapid.SampledFrom([]string{"data:", "DATA:", "image/png", ";base64", ";BASE64", ";", ",", " ", "\n", "\r\n", "\t", "=", "==", "aGVs", "bG8", "_-", "+/", "A", "%", "%41", "%zz", "*", "é", "\x00", "\""})
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(rt, "pieces"), "")
		d, err := NewDatReader(strings.NewReader(text))
		if err != nil {
			rt.Fatal(err)
		}
		got, err := io.ReadAll(d)
		if data, _, ok := schema.DecodeContent(text); ok != (err == nil) || ok && string(data) != string(got) {
			rt.Errorf("%q is read as %q (%v) and stored as %q (%t)", text, got, err, data, ok)
		}
	})
}
