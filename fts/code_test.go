package fts

import (
	"testing"
)

// TestCodeStays: what stands between backticks or fences is text, whatever it looks like.
func TestCodeStays(t *testing.T) {
	for text, want := range map[string]string{
		"see `<div class=\"hero\">` **now**":                            "see <div class=\"hero\"> now",
		"```html\n<b>bold</b>\n# no heading\n```\n# Head":               "html\n<b>bold</b>\n# no heading\nHead",
		"~~~\na < b && **c**\n~~~\n<b>x</b>":                            "a < b && **c**\nx",
		"``a `tick` <i>``":                                              "a `tick` <i>",
		"a ` alone <b>bold</b>":                                         "a alone bold",
		"[`Foo<T>`](https://x.example) more":                            "Foo<T> https://x.example more",
		"```\nopen <b>":                                                 "open <b>",
		"`a` > b":                                                       "a > b",
		"one `x\n\n<b>two</b>` three":                                   "one x\ntwo three",
		"&lt;p&gt; `&lt;`":                                              "<p> &lt;",
		"<p>the ` key</p><p>and ` again</p>":                            "the key\nand again",
		"<p>see <a href=\"https://a.example\">it</a>.</p>":              "see it https://a.example .",
		"<p><img alt='a cat' src=\"data:image/png;base64,AAAA\"> x</p>": "a cat\nx",
		"![a cat](data:image/png;base64,AAAA) x":                        "a cat x",
		"a\ue003b `<i>`":                                                "a\ue003b",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestUnderstood: a question says what was read.
func TestUnderstood(t *testing.T) {
	for typed, want := range map[string]string{
		`brown "quick fox" -cat tag:work`: `brown "quick fox" -cat tag:work`,
		"a OR b half* *in* title:x":       "a OR b half* *in* title:x",
		"( foo ) OR":                      "foo",
		"-foo":                            "-foo",
		`topic:"Acme Inc" -is:trash`:      `topic:"Acme Inc" -is:trash`,
		"co\u00adoperate":                 "cooperate",
	} {
		q, err := Parse(typed)
		if err != nil || q.String() != want {
			t.Errorf("%q is read as %q, %v, want %q", typed, q, err, want)
		}
	}
	for _, typed := range []string{"", "(", "*", "OR", " \t", "- + |", `""`, "\u200b"} {
		if q, err := Parse(typed); err != nil || !q.IsEmpty() {
			t.Errorf("%q is read as a question: %q, %v", typed, q, err)
		}
	}
}
