package fts

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAllPlain: a text of plain words is told from others as its words are.
func TestAllPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aabcXYZ019 _-.+#é学🚀\u0301")), 0, 12, -1).Draw(t, "text")
		want := true
		for _, r := range s {
			want = want && r < 0x80
		}
		runsOf(s, func(r run) { want = want && r.class == letter && plain(s[r.from:r.to]) })
		for i := range s {
			want = want && (s[i] >= 0x80 || signs[s[i]] == 0 || !touchesWord(s, i))
		}
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

// TestUnquote: a string of JSON has the value that encoding/json gives it.
func TestUnquote(t *testing.T) {
	w := &jsonWalk{}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{`\n`, `\"`, `\\`, `\/`, `\u00e9`, `\ud83d\ude80`, `\ud800`, `\x`, "a", "é", "\xff", "\n", "\x00", "\u007f"}), 1, 6).Draw(t, "parts")
		s := `"` + strings.Join(parts, "") + `"`
		want := strings.Trim(s, `"`)
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			want = strings.Trim(s, `"`)
		}
		if got := w.unquote(s); strings.Contains(s, `\`) && got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	})
}

// TestSqueeze: white space between words becomes one space or one line end.
func TestSqueeze(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab é \u00a0\n\t")), 0, 10, -1).Draw(t, "text")
		var b strings.Builder
		rest := strings.TrimFunc(s, isSpace)
		for rest != "" {
			n := strings.IndexFunc(rest, isSpace)
			if n < 0 {
				n = len(rest)
			}
			b.WriteString(rest[:n])
			words := strings.TrimLeftFunc(rest[n:], isSpace)
			if gap := rest[n : len(rest)-len(words)]; strings.Contains(gap, "\n") {
				b.WriteByte('\n')
			} else if gap != "" {
				b.WriteByte(' ')
			}
			rest = words
		}
		if got := squeeze(s); got != b.String() {
			t.Errorf("%q becomes %q, want %q", s, got, b.String())
		}
	})
}
