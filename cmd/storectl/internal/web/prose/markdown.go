// Package prose makes of what stands in records what may stand in a page: of texts in Markdown or HTML the HTML that can do
// nothing, of JSON a tree that a person reads, and of two texts the words that went and came. It knows no store and no page.
package prose

import (
	"bytes"
	"html/template"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Notes are Markdown, or HTML as the app's editor wrote it. Both go through the same two steps: goldmark makes HTML of
// them, which lets HTML through, and bluemonday leaves of it what cannot run, load or leave its place. They are made when
// the first note is shown: other commands do not wait for that.
var (
	markdown = sync.OnceValue(func() goldmark.Markdown {
		return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	})
	harmless = sync.OnceValue(harmlessPolicy)
	plain    = sync.OnceValue(bluemonday.StrictPolicy)
)

// excerptLength is how many characters stand for a text.
const excerptLength = 260

// mostText is how much of a text is shown at once, in bytes.
const mostText = 512 << 10

func harmlessPolicy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowDataURIImages()
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[a-zA-Z0-9+#-]+$`)).OnElements("code")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	return p
}

// Rich is a text of a record as HTML that may stand in a page.
func Rich(text string) template.HTML {
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "\n\n(The text goes on: see all of it under \"Everything in it\".)"
	}
	var made bytes.Buffer
	if err := markdown().Convert([]byte(text), &made); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(text) + "</p>")
	}
	return template.HTML(settle(harmless().SanitizeBytes(made.Bytes())))
}

// settle closes what is open, so that a text cannot leave its place on the page; puts a link in the place of a picture
// that is elsewhere, which is never fetched; lowers headlines below those of the page; and leaves no id or name, which
// something else on the page may have.
func settle(text []byte) string {
	nodes, err := nethtml.ParseFragment(bytes.NewReader(text), &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return nethtml.EscapeString(string(text))
	}
	var out strings.Builder
	for _, n := range nodes {
		for d := range allOf(n) {
			if d.Type == nethtml.ElementNode {
				settleElement(d)
			}
		}
		if nethtml.Render(&out, n) != nil {
			return nethtml.EscapeString(string(text))
		}
	}
	return out.String()
}

// allOf is a node and all below it.
func allOf(n *nethtml.Node) iter.Seq[*nethtml.Node] {
	return func(yield func(*nethtml.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// inlinePicture is a picture that stands in the text itself, of a type that can only be looked at.
var inlinePicture = regexp.MustCompile(`^data:image/(?:png|jpeg|gif|webp);base64,`)

func settleElement(n *nethtml.Node) {
	n.Attr = withoutNames(n.Attr)
	switch src := attribute(n.Attr, "src"); {
	case len(n.Data) == 2 && n.Data[0] == 'h' && '1' <= n.Data[1] && n.Data[1] <= '6':
		n.Data = "h" + string(min(n.Data[1]+2, '6'))
		n.DataAtom = atom.Lookup([]byte(n.Data))
	case n.Data == "img" && !inlinePicture.MatchString(src):
		if strings.HasPrefix(src, "data:") {
			src = "data of a type that is not shown"
		}
		text := "picture elsewhere: " + orElse(attribute(n.Attr, "alt"), src)
		n.Data, n.DataAtom, n.Attr = "span", atom.Span, []nethtml.Attribute{{Key: "class", Val: "elsewhere"}, {Key: "title", Val: src}}
		n.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: text})
	case n.Data == "img" && attribute(n.Attr, "alt") == "":
		n.Attr = append(n.Attr, nethtml.Attribute{Key: "alt", Val: "picture in the text"})
	case n.Data == "input":
		n.Attr = append(n.Attr, nethtml.Attribute{Key: "aria-label", Val: "done"})
	}
}

func withoutNames(list []nethtml.Attribute) (kept []nethtml.Attribute) {
	for _, a := range list {
		if a.Key != "id" && a.Key != "name" {
			kept = append(kept, a)
		}
	}
	return kept
}

func attribute(list []nethtml.Attribute, name string) string {
	for _, a := range list {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Excerpt is the beginning of a text, without its marks.
func Excerpt(text string) string {
	if len(text) > 8*excerptLength {
		text = strings.ToValidUTF8(text[:8*excerptLength], "")
	}
	var made bytes.Buffer
	if text == "" || markdown().Convert([]byte(text), &made) != nil {
		return text
	}
	return Cut(excerptLength, strings.Join(strings.Fields(nethtml.UnescapeString(plain().Sanitize(spaced(made.String())))), " "))
}

// spaced keeps words of neighbouring paragraphs apart when the tags go.
func spaced(text string) string { return blockEnds.ReplaceAllString(text, " $0") }

var blockEnds = regexp.MustCompile(`(?i)</(?:p|div|li|h[1-6]|td|th|tr|pre|blockquote)>|<br`)

// Cut is a text of at most so many characters.
func Cut(most int, s string) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
