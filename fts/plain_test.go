package fts

import (
	"testing"

	"pgregory.net/rapid"
)

// TestAllPlain: a text of plain words is told from others as its words are.
func TestAllPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aabcXYZ019 _-.é学🚀\u0301")), 0, 12, -1).Draw(t, "text")
		want := true
		for _, r := range s {
			want = want && r < 0x80
		}
		runsOf(s, func(r run) { want = want && r.class == letter && plain(s[r.from:r.to]) })
		if got := allPlain(s); got != want {
			t.Errorf("%q: all plain %v, want %v", s, got, want)
		}
	})
}

// TestStringEnd: a string ends at the first quote that is not escaped.
func TestStringEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := `"` + rapid.StringOfN(rapid.SampledFrom([]rune(`ab\\""é`)), 0, 12, -1).Draw(t, "rest")
		want := len(s)
		for i := 1; i < len(s); i++ {
			if s[i] == '\\' {
				i++
			} else if s[i] == '"' {
				want = i + 1
				break
			}
		}
		if got := stringEnd(s, 0); got != want {
			t.Errorf("%q ends at %d, want %d", s, got, want)
		}
	})
}
