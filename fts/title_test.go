package fts

import (
	"strings"
	"testing"
)

// TestPlainTitle: a list shows no tags and no marks, and what somebody has called so stays.
func TestPlainTitle(t *testing.T) {
	for text, want := range map[string]string{
		"<p>Hello <b>there</b></p><p>more</p>": "Hello there more",
		"Use <b> tags":                         "Use <b> tags",
		"<div> or <span>?":                     "<div> or <span>?",
		"":                                     "",
		"# Head":                               "Head",
		"\n## The plan ##\r\n\nWhat we do, and when": "The plan",
		"# C#":                 "C#",
		"#tag is no headline":  "#tag is no headline",
		"**Read** this, *now*": "**Read** this, *now*",
		"# **Read** this, *now*, ~~later~~ _please_":           "Read this, now, later please",
		"***all*** of `a*b*c`\nand `**kwargs`":                 "all of a*b*c and **kwargs",
		"See [the guide](https://a.example \"it\") first\n---": "See the guide first ---",
		"- [ ] Call the bank\n- [x] Find the number":           "Call the bank Find the number",
		"> Nothing after\n> the payment":                       "Nothing after the payment",
		"5 * 3 * 2, 2 ** 3 ** 4, a ~~ b":                       "5 * 3 * 2, 2 ** 3 ** 4, a ~~ b",
		"my_file_name and __init__ of snake_case_":             "my_file_name and __init__ of snake_case_",
		"![](https://a.example/x.png)":                         "![](https://a.example/x.png)",
		"# ":                                                   "# ",
		"First line\n\nand more":                               "First line and more",
	} {
		if got := PlainTitle("note", text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"# of users", "> 5 users", "**Fix** `go vet` in [a](b.md)", "__init__.py", "two\nlines"} {
		for _, kind := range []string{"attachment", "task"} {
			if got := PlainTitle(kind, text); got != text {
				t.Errorf("%q of %s is shown as %q", text, kind, got)
			}
		}
	}
}

// TestPlainTitleCut: a title that is the beginning of a text has no half of a mark at its end.
func TestPlainTitleCut(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("word ", 40))
	for text, want := range map[string]string{
		"<p>A title</p><p>" + words + "<strong":       "A title " + words,
		words + " **and so":                           words + " and so",
		words + " [a link](https://a.example/that-is": words + " a link",
		"# **Head**\n" + words + " **and":             "Head",
	} {
		if got := PlainTitle("note", text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
