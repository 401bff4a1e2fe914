package fts

import (
	"strings"

	"taskstore/internal/pattern"
)

// htmlTag is a tag by its form; tagDropper looks at its name.
var htmlTag = pattern.Of(`<!--(?s:.*?)-->|</?([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_:][-A-Za-z0-9_:.]*\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))*)\s*/?>`)

// Tags that stand within a word's line, and those that end it.
var (
	inlineTags = set("a abbr b bdi bdo cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup tt u var")
	blockTags  = set("address article aside audio blockquote body br button caption col colgroup dd details div dl dt fieldset figcaption figure " +
		"footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img input legend li link main meta nav ol option p picture pre script section " +
		"select source style summary svg table tbody td textarea tfoot th thead title tr ul video")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// mostTag is how long the first tag of a text in HTML is, in bytes.
const mostTag = 4096

// isHTML tells of a text that begins with a tag: Markdown has no say in it.
func isHTML(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	if s == "" || s[0] != '<' {
		return false
	}
	at := htmlTag.FindStringIndex(s[:min(len(s), mostTag)])
	if at == nil || at[0] != 0 {
		return false
	}
	name := tagName(s[:at[1]])
	return blockTags[name] || inlineTags[name]
}

// tagName is the name of a tag in lower case; "" of a comment.
func tagName(tag string) string {
	name := strings.ToLower(strings.TrimLeft(tag, "</"))
	if i := strings.IndexFunc(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }); i >= 0 {
		name = name[:i]
	}
	return name
}

// dropTags takes the tags out of a text. Where a link leads stands after its words, and where a picture
// lies after what it is called, as in Markdown.
func dropTags(s string) string {
	var d tagDropper
	s = htmlTag.ReplaceAllStringFunc(s, d.drop)
	return s + d.end()
}

// tagDropper goes through the tags of a text in their order.
type tagDropper struct{ href string } // of the link that is open

func (d *tagDropper) drop(tag string) string {
	name := tagName(tag)
	switch {
	case strings.HasPrefix(tag, "<!--"):
		return " "
	case name == "a":
		end := d.end()
		if tag[1] != '/' {
			d.href = target(attribute(tag, "href"))
		}
		return end
	case name == "img":
		return "\n" + attribute(tag, "alt") + " " + target(attribute(tag, "src")) + "\n"
	case inlineTags[name]:
		return ""
	case blockTags[name]:
		return "\n"
	}
	return tag
}

// end ends the link that is open.
func (d *tagDropper) end() string {
	if d.href == "" {
		return ""
	}
	href := d.href
	d.href = ""
	return " " + href + " "
}

// target is where something leads: no content that stands there itself.
func target(s string) string {
	if len(s) >= 5 && strings.EqualFold(s[:5], "data:") {
		return ""
	}
	return s
}

// attribute gives the value of an attribute of a tag that htmlTag has found.
func attribute(tag, name string) string {
	for rest := tag; ; {
		i := strings.IndexByte(rest, '=')
		if i < 0 {
			return ""
		}
		is := strings.TrimRight(rest[:i], " \t\r\n\f")
		is = is[strings.LastIndexAny(is, " \t\r\n\f")+1:]
		rest = strings.TrimLeft(rest[i+1:], " \t\r\n\f")
		if rest == "" {
			return ""
		}
		end := strings.IndexAny(rest, " \t\r\n\f>")
		if q := rest[0]; q == '"' || q == '\'' {
			rest = rest[1:]
			end = strings.IndexByte(rest, q)
		}
		if end < 0 {
			return ""
		}
		if strings.EqualFold(is, name) {
			return rest[:end]
		}
		rest = rest[end+1:]
	}
}
