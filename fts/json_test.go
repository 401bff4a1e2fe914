package fts

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestUnescaped: what is read in one pass is what encoding/json reads.
func TestUnescaped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := `"` + rapid.StringOf(rapid.SampledFrom([]rune("ab\\\\\\\"/nrtbfu0041é€😀\n\x01 "))).Draw(t, "text") + `"`
		if rapid.IntRange(0, 9).Draw(t, "spoil") == 0 {
			s = s[:len(s)/2] + "\xff" + s[len(s)/2:]
		}
		text, ok := unescaped(s)
		var want string
		err := json.Unmarshal([]byte(s), &want)
		if ok && (err != nil || text != want) {
			t.Fatalf("%q is read as %q; encoding/json reads %q, %v", s, text, want, err)
		}
	})
	if text, ok := unescaped(`"one\n\"two\" \\ \/ größer\t"`); !ok || text != "one\n\"two\" \\ / größer\t" {
		t.Errorf("%q, %v", text, ok)
	}
}
