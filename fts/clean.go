package fts

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// clean takes the marks of HTML and Markdown out of a text, so that they stand
// neither between words nor in snippets. What might be no mark stays.
func clean(s string) string {
	if s == "" {
		return ""
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, " ")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", " ")
	}
	if strings.IndexByte(s, '<') >= 0 {
		s = htmlTag.ReplaceAllStringFunc(s, dropTag)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if strings.ContainsAny(s, "*~`[#>") {
		s = markdown(s)
	}
	return squeeze(s)
}

// htmlTag is a tag by its form; dropTag looks at its name.
var htmlTag = regexp.MustCompile(`<!--(?s:.*?)-->|</?([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_:][-A-Za-z0-9_:.]*\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))*)\s*/?>`)

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

func dropTag(tag string) string {
	if strings.HasPrefix(tag, "<!--") {
		return " "
	}
	name := strings.ToLower(strings.TrimLeft(tag, "</"))
	if i := strings.IndexFunc(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }); i >= 0 {
		name = name[:i]
	}
	switch {
	case inlineTags[name]:
		return ""
	case blockTags[name]:
		return "\n"
	}
	return tag
}

var (
	mdLink = regexp.MustCompile(`!?\[([^\]\n]*)\]\(([^()\s]*)(?:\s+"[^"\n]*")?\)`)
	mdLine = regexp.MustCompile(`(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)`)
	mdMark = strings.NewReplacer("**", "", "~~", "", "`", "")
)

func markdown(s string) string {
	if strings.Contains(s, "](") {
		s = mdLink.ReplaceAllString(s, "$1 $2")
	}
	return mdMark.Replace(mdLine.ReplaceAllString(s, ""))
}

// squeeze makes each run of white space one space, or one line end if it had one.
func squeeze(s string) string {
	if !strings.ContainsAny(s, " \t\r\n\f\v") && !strings.Contains(s, "\u00a0") {
		return s
	}
	at := firstExtra(s, 0)
	if at == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for from := 0; ; {
		b.WriteString(s[from:at])
		if at == len(s) {
			return b.String()
		}
		n, line := spaces(s[at:])
		if from = at + n; from == len(s) {
			return b.String()
		}
		switch {
		case b.Len() == 0:
		case line:
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
		at = firstExtra(s, from)
	}
}

// firstExtra finds the first white space at from or after it that is more than one space or
// line end between two others, or len(s).
func firstExtra(s string, from int) int {
	for i := from; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < utf8.RuneSelf {
			continue
		}
		if (c == ' ' || c == '\n') && i > 0 && i+1 < len(s) && s[i+1] > ' ' && s[i+1] < utf8.RuneSelf {
			continue // as between most words
		}
		n, _ := spaces(s[i:])
		if n > 1 || n == 1 && (c != ' ' && c != '\n' || i == 0 || i+1 == len(s)) {
			return i
		}
	}
	return len(s)
}

// spaces tells how many bytes of white space s begins with, and whether a line ends in it.
func spaces(s string) (n int, line bool) {
	for n < len(s) {
		r, size := rune(s[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[n:])
		}
		if !isSpace(r) {
			break
		}
		line = line || r == '\n'
		n += size
	}
	return n, line
}

func isSpace(r rune) bool {
	return r == ' ' || r >= '\t' && r <= '\r' || r == 0xa0 || r == 0x3000 || r == 0x2028 || r == 0x2029
}
