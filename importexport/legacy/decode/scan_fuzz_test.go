package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/source"
)

// textSource makes a layer of a text, as if it stood in a file.
func textLayer(text []byte, n *rawjson.Notes) rawjson.Layer {
	return func(tap io.Writer) (*rawjson.Scanner, error) {
		s := rawjson.NewScanner(context.Background(), bytes.NewReader(text), n, nil)
		s.Tap = tap
		return s, nil
	}
}

// decodedText runs a text through all that is done with a collection file.
func decodedText(t *testing.T, text []byte, array bool) *sourcetest.Records {
	t.Helper()
	r := &sourcetest.Records{}
	in := &input{src: &source.Source{}, file: &source.File{Path: "f"}, notes: &rawjson.Notes{}}
	out := newOutput(&scan{src: in.src, sink: r}, in)
	l := textLayer(text, in.notes)
	ok, err := out.sound(l)
	if err == nil && ok {
		err = out.wrapped(l, in, array, func(final rawjson.Layer) error {
			if array {
				return out.entities(final, "tasks", "")
			}
			return out.whole(final, "settings", "")
		})
	}
	if err != nil {
		t.Fatalf("damage ends the scan: %v", err)
	}
	if err := out.finish(); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Candidates {
		if len(c.Raw) == 0 || rawjson.Valid(c.Raw) != nil || !utf8.Valid(c.Raw) || !utf8.ValidString(c.ID) {
			t.Fatalf("not a record: %q", c.Raw)
		}
	}
	return r
}

func FuzzWrapper(f *testing.F) {
	for _, s := range sourcetest.Seeds() {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	defer func(n int) { rawjson.MaxElement = n }(rawjson.MaxElement)
	rawjson.MaxElement = 1 << 20
	f.Fuzz(func(t *testing.T, text []byte, array bool) { decodedText(t, text, array) })
}

func FuzzGzip(f *testing.F) {
	f.Add([]byte(strings.TrimPrefix(sourcetest.Zipped(sourcetest.Two), rawjson.GzipPrefix)))
	f.Add([]byte("H4sIAAAA"))
	f.Fuzz(func(t *testing.T, b64 []byte) {
		decodedText(t, []byte(sourcetest.Wrapped("", sourcetest.Quoted(rawjson.GzipPrefix+string(b64)))), true)
	})
}

func FuzzUnescape(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud83d\ude80\ud83d"`, `"\u12`, `"\`, `"a\nb\"c"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		text = append([]byte{'"'}, text...)
		var got [2][]byte
		for i, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text))} {
			s := scannerOf(r)
			s.Peek()
			got[i], _ = io.ReadAll(rawjson.Unescape(s))
		}
		if !bytes.Equal(got[0], got[1]) || !utf8.Valid(got[0]) {
			t.Fatalf("%q and %q", got[0], got[1])
		}
		if end, closed := rawjson.StringEnd(text, 1); closed && json.Valid(text[:end]) && utf8.Valid(text[:end]) {
			var want string
			json.Unmarshal(text[:end], &want)
			if string(got[0]) != want {
				t.Fatalf("%q, want %q", got[0], want)
			}
		}
	})
}

func FuzzChecksum(f *testing.F) {
	for _, s := range sourcetest.Seeds() {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		if utf8.Valid(text) && piece > 0 {
			if a, b := sourcetest.SumOf(string(text), piece), sourcetest.SumOf(string(text), len(text)+1); a != b {
				t.Fatalf("%s in pieces, %s at once", a, b)
			}
		}
		var compact, pretty bytes.Buffer
		if err := rawjson.Reencoded(scannerOf(bytes.NewReader(text)), &compact, &pretty); err != nil {
			return
		}
		var again bytes.Buffer
		if err := rawjson.Reencoded(scannerOf(&pretty), &again, io.Discard); err != nil || again.String() != compact.String() {
			t.Fatalf("%q: %q, then %q, %v", text, compact.String(), again.String(), err)
		}
	})
}

func FuzzKeep(f *testing.F) {
	for _, s := range sourcetest.Seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := scannerOf(bytes.NewReader(text)).Keep(nil, 1<<20)
		slow, slowErr := scannerOf(iotest.OneByteReader(bytes.NewReader(text))).Keep(nil, 1<<20)
		if (err == nil) != (slowErr == nil) || err == nil && !bytes.Equal(got, slow) {
			t.Fatalf("%q, %v and %q, %v", got, err, slow, slowErr)
		}
		if json.Valid(text) && utf8.Valid(text) {
			if want := sourcetest.Compacted(t, text); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q, %v; want %q", got, err, want)
			}
		}
	})
}

func FuzzDat(f *testing.F) {
	f.Add("data:image/png;base64,aGk=")
	f.Add("data:,a%20%")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := source.NewDatReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(d); len(b) > len(text) {
			t.Fatalf("%d bytes of %d", len(b), len(text))
		}
	})
}

func scannerOf(r io.Reader) *rawjson.Scanner {
	return rawjson.NewScanner(context.Background(), r, &rawjson.Notes{}, nil)
}
