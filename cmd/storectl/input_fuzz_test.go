package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"taskstore/cmd/storectl/internal/term"
)

// FuzzScreen: whatever is written to a terminal, and in whatever pieces, nothing of it is obeyed.
func FuzzScreen(f *testing.F) {
	for _, seed := range []string{evil, "\x1b[1mbold\x1b[0m", "\xe2\x80\xae", "a\xff\xc3", "\u2066x\u2069", "\x1b", "日本\u0085語", "\x1b]8;;http://x\x07y"} {
		f.Add([]byte(seed), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		var out bytes.Buffer
		s, flush := term.New(nil, &out, &out, nil).Safe(&out)
		for p := range slices.Chunk(text, int(piece)+1) {
			if n, err := s.Write(p); err != nil || n != len(p) {
				t.Fatalf("%d of %d bytes, %v", n, len(p), err)
			}
		}
		flush()
		wantCalm(t, "the screen", out.String())
		wantCalm(t, "a cell", term.Visible(string(text)))
		if shown := term.Visible(string(text)); strings.ContainsAny(shown, "\n\t") {
			t.Errorf("a cell has several lines: %q", shown)
		}
	})
}

// FuzzCSV: a cell comes back as it was, with an apostrophe before it at most, and moves no other.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "a,b", "a\"b", "a\r\nb", "\r", "'x", "", "\xff", "x\ny"} {
		f.Add(seed, "b")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		var out bytes.Buffer
		a := term.New(nil, &out, &out, nil)
		a.Form, a.Raw = term.CSV, true
		w := a.NewRows([]term.Column{{Name: "a"}, {Name: "b"}}, "")
		if err := errors.Join(w.Write([]any{one, two}), w.Close()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Fatalf("%q, %q: %q, %v", one, two, rows, err)
		}
		for i, want := range []string{one, two} {
			want = strings.ReplaceAll(want, "\r\n", "\n") // as the reader of CSV has it
			if got := rows[1][i]; got != want && got != "'"+want {
				t.Errorf("%q became %q", want, got)
			}
		}
	})
}

// FuzzNames: a file that is named after a record or a file of a source is one in the directory that was
// named, on every system.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"CON", "nul.txt", "..", ".", "../../etc/passwd", `..\..\x`, "a/b", "a\x00b", strings.Repeat("é", 300), "é", "e\u0301", "NOTE", "x.", "x ",
		"C:x", "-rf", "a:b", "\u202egnp.exe", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, made := range []string{fileName("note-"+name) + ".json", "7-" + safeName(name)} {
			for _, r := range made {
				if r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
					t.Errorf("%q became %q", name, made)
				}
			}
			if len(made) > 140 || strings.HasSuffix(made, ".") || strings.HasPrefix(made, ".") || filepath.Base(made) != made {
				t.Errorf("%q became %q", name, made)
			}
		}
	})
}

// FuzzLines: what put is given is one text or several, and each stands where its place says.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{`{"id":"a"}`, "{\"id\":\"a\"}\n\n {\"id\":\"b\"}\r\n", "\xef\xbb\xbf{}\n{}", `[{"id":"a"}, {}]`, "[", "[]", "{\n}\n", "{\"a\":\"\xff\"}", "[{\"a\":\"\xff\"}]",
		strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 20000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		in := newLines(bytes.NewReader(given))
		text, more, err := in.first()
		for err == nil && text != nil {
			at := in.textOf(text).begins
			if in.list == nil && (at.at < 0 || at.at > int64(len(given)) || !bytes.HasPrefix(given[at.at:], bytes.TrimSpace(text)[:min(1, len(bytes.TrimSpace(text)))])) {
				t.Fatalf("%q: %q begins at %d", given, text, at.at)
			}
			if at.line < 1 || at.line > 1+bytes.Count(given, []byte("\n")) {
				t.Fatalf("%q: line %d", given, at.line)
			}
			bad := at.checkUTF8(text)
			if (bad == nil) != utf8.Valid(text) {
				t.Fatalf("%q: %v", text, bad)
			}
			if !more {
				return
			}
			text, err = in.next()
		}
		var known *term.Failure
		if err != nil && err != io.EOF && !errors.As(err, &known) {
			t.Fatalf("%q: %v", given, err)
		}
	})
}
