package rawjson

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func textScanner(r io.Reader) *Scanner {
	return NewScanner(context.Background(), r, &Notes{}, nil)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, want string }{
		{` {"a" : [ 1 , "x y" , {} ] } `, `{"a":[1,"x y",{}]}`},
		{"\ufeff[1,\r\n 2]", `[1,2]`},
		{`"a\"b\\"`, `"a\"b\\"`},
		{`[1 2]`, `[1 2]`}, // two literals must not become one
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`},
		{`"\ud83d"`, `"\ud83d"`},
		{`123456789012345678901234567890.10e400`, `123456789012345678901234567890.10e400`},
		{"\"a\xffb\xc3\"", `"a\uDcffb\uDcc3"`},
		{"\"a\\\\\xff\"", `"a\\\uDcff"`},
		{"\"a\\\xff\"", `"a\` + "\ufffd\""},
		{`"é€😀"`, `"é€😀"`},
		{strings.Repeat("[", 9000) + strings.Repeat("]", 9000), strings.Repeat("[", 9000) + strings.Repeat("]", 9000)},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(tc.in), "bytewise": iotest.OneByteReader(strings.NewReader(tc.in))} {
			got, err := textScanner(r).Keep(nil, MaxElement)
			if err != nil || string(got) != tc.want {
				t.Errorf("%s: keep(%.40q) = %.40q, %v; want %.40q", name, tc.in, got, err, tc.want)
			}
		}
	}
}

func TestKeepErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]error{
		``: ErrTruncated, `{"a":`: ErrTruncated, `"abc`: ErrTruncated, `"abc\`: ErrTruncated, `[1,`: ErrTruncated, `,`: ErrMalformed, `]`: ErrMalformed,
	} {
		if _, err := textScanner(strings.NewReader(in)).Keep(nil, MaxElement); !errors.Is(err, want) {
			t.Errorf("keep(%q): %v, want %v", in, err, want)
		}
	}
	if _, err := textScanner(strings.NewReader(`"0123456789"`)).Keep(nil, 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

func TestArrayGoesOnBehindRubbish(t *testing.T) {
	t.Parallel()
	s := textScanner(strings.NewReader(`[ {"a":1}, rub}bish {"b":2},,3 ]`))
	if _, err := s.Peek(); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := s.Array(func(_ int, _ byte) error {
		v, err := s.Keep(nil, MaxElement)
		got = append(got, string(v))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{`{"a":1}`, `rub`, `bish`, `{"b":2}`, `3`}, got); d != "" {
		t.Error(d)
	}
	if !s.Notes.Has("malformed") {
		t.Error("the bracket out of place is not noted")
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"plain"`:                 "plain",
		`"a\n\t\"\\\/\b\f\r"`:     "a\n\t\"\\/\b\f\r",
		`"\u00e9\ud83d\ude80"`:    "é🚀",
		`"\ud83dx"`:               "\ufffdx",
		`"\ude80"`:                "\ufffd",
		`"\ud83d\ud83d\ude80"`:    "\ufffd🚀",
		`"\ud83d"`:                "\ufffd",
		`"\u0000"`:                "\x00",
		`"\q"`:                    `\q`,
		`"😀é"`:                    "😀é",
		`"\ud83d\n"`:              "\ufffd\n",
		`"` + "\\u00zz" + `tail"`: "\x00zztail",
	} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
			s := textScanner(r)
			if _, err := s.Peek(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(iotest.OneByteReader(Unescape(s)))
			if err != nil || string(got) != want {
				t.Errorf("unescape(%s) = %q, %v; want %q", in, got, err, want)
			}
		}
	}
	s := textScanner(strings.NewReader(`"cut off`))
	s.Peek()
	if got, err := io.ReadAll(Unescape(s)); string(got) != "cut off" || !errors.Is(err, ErrTruncated) {
		t.Errorf("cut off: %q, %v", got, err)
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	plain := bytes.Repeat([]byte("any bytes \x00\xff"), 1000)
	for n := len(plain) - 3; n <= len(plain); n++ {
		std := base64.StdEncoding.EncodeToString(plain[:n])
		for name, text := range map[string]string{
			"standard": std, "unpadded": strings.TrimRight(std, "="), "url": base64.URLEncoding.EncodeToString(plain[:n]),
			"broken lines": strings.Join(strings.SplitAfterN(std, "a", 50), "\r\n "),
		} {
			got, err := io.ReadAll(NewBase64Reader(iotest.HalfReader(strings.NewReader(text))))
			if err != nil || !bytes.Equal(got, plain[:n]) {
				t.Errorf("%s of %d bytes: %d bytes, %v", name, n, len(got), err)
			}
		}
	}
	b := NewBase64Reader(strings.NewReader("aGVs*bG8="))
	if got, _ := io.ReadAll(b); string(got) != "hello" || b.Illegal != 1 {
		t.Errorf("with a stray character: %q, %d illegal", got, b.Illegal)
	}
}
