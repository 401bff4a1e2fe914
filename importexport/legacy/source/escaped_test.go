package source

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEscapedName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"db/notes.json": "db/notes.json", "caf\u00e9": "caf\u00e9", "cafe\u0301": "cafe\u0301", "\ufffd": "\ufffd", `a\b`: `a\b`, `a\xyz`: `a\xyz`,
		"a\xff.json": `a\xff.json`, `a\xff.json`: `a\x5cxff.json`, "\\\xff": `\\xff`, "\xe9t\xe9": `\xe9t\xe9`,
	} {
		if got := EscapedName(path); got != want || pathOfName(got) != path {
			t.Errorf("%q is called %q, want %q, and means %q", path, got, want, pathOfName(got))
		}
	}
}

// TestEscapedNames: every path has a name of its own, which leads back to it.
func TestEscapedNames(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]byte("\\\\x05cf/a\xff\xc3\xa9"))
	rapid.Check(t, func(t *rapid.T) {
		path := string(rapid.SliceOf(letters).Draw(t, "path"))
		name := EscapedName(path)
		if !utf8.ValidString(name) || pathOfName(name) != path {
			t.Fatalf("%q is called %q and means %q", path, name, pathOfName(name))
		}
	})
}
