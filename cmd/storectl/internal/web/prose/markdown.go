// Package prose makes of what stands in records what may stand in a page: of texts in Markdown or HTML the HTML that can do
// nothing, of JSON a tree that a person reads, and of two texts the words that went and came. It knows no store and no page.
package prose

import (
	"bytes"
	"html/template"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// Notes are Markdown, or HTML as the app's editor wrote it. Both go through the same two steps: goldmark makes HTML of
// them, which lets HTML through, and of that stays what is harmless. It is made when the first note is shown: other
// commands do not wait for that.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
})

// excerptLength is how many characters stand for a text.
const excerptLength = 260

// How much of a text is shown at once, and to be read as Markdown, how long a block of it may be, in bytes, and how deep
// quotes and lists may begin in a line. What goldmark needs for those, or for links that have no end, grows with the square.
const (
	mostText   = 512 << 10
	mostBlock  = 32 << 10
	mostNested = 200
)

// Rich is a text of a record as HTML that may stand in a page. One that cannot be made harmless, such as one that is
// nested without end, is shown as it is written.
func Rich(text string) template.HTML {
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "\n\n(The text goes on: see all of it under \"Everything in it\".)"
	}
	made, err := toHTML(text)
	if err == nil {
		made, err = harmless(made)
	}
	if err != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(text) + "</pre>")
	}
	return template.HTML(made)
}

// toHTML makes HTML of a text. Where that is too much for Markdown, all of it is HTML if it begins so, else its
// paragraphs are.
func toHTML(text string) (string, error) {
	if isTooMuch(text) {
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			return text, nil
		}
		text = template.HTMLEscapeString(strings.TrimSpace(text))
		return "<p>" + strings.NewReplacer("\n\n", "</p><p>", "\n", "<br>").Replace(text) + "</p>", nil
	}
	var made bytes.Buffer
	err := markdown().Convert([]byte(strings.ToValidUTF8(text, "\ufffd")), &made)
	return made.String(), err
}

// isTooMuch tells of a text that is not read as Markdown.
func isTooMuch(text string) bool {
	n := 0
	for line := range strings.Lines(text) {
		if n += len(line); strings.TrimSpace(line) == "" {
			n = 0
		}
		begin := line[:len(line)-len(strings.TrimLeft(line, "> \t-+*0123456789.)"))]
		if n > mostBlock || strings.Count(begin, ">")+strings.Count(begin, " ") > mostNested {
			return true
		}
	}
	return false
}

// Excerpt is the beginning of a text, without its marks.
func Excerpt(text string) string {
	if len(text) > 8*excerptLength {
		text = strings.ToValidUTF8(text[:8*excerptLength], "")
	}
	made, err := toHTML(text)
	if err != nil {
		return Cut(excerptLength, text)
	}
	n, err := parse(made)
	if err != nil {
		return Cut(excerptLength, text)
	}
	var words strings.Builder
	wordsOf(n, &words)
	return Cut(excerptLength, strings.Join(strings.Fields(words.String()), " "))
}

// Cut is a text of at most so many characters.
func Cut(most int, s string) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
