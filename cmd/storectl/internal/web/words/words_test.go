package words

import "testing"

func TestUpperFirst(t *testing.T) {
	for text, want := range map[string]string{"": "", "one": "One", "über": "Über", "日": "日", "\u00e9t\u00e9": "\u00c9t\u00e9"} {
		if got := UpperFirst(text); got != want {
			t.Errorf("%q begins as %q", text, got)
		}
	}
}
