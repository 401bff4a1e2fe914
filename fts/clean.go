package fts

import (
	"html"
	"strings"
	"unicode/utf8"

	"taskstore/internal/pattern"
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
	if strings.ContainsAny(s, "`~") && strings.ContainsAny(s, "<&*[#>") && !isHTML(s) {
		s = aroundCode(s, unmark)
	} else {
		s = unmark(s)
	}
	return squeeze(normal(s))
}

// unmark takes the marks out of what is no code.
func unmark(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = dropTags(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if strings.ContainsAny(s, "*~`[#>") {
		s = markdown(s)
	}
	return s
}

var (
	mdLink = pattern.Of(`!?\[([^\]\n]*)\]\(([^()\s]*)(?:\s+"[^"\n]*")?\)`)
	// mdContent is a picture that stands in the text itself, which is no text.
	mdContent = pattern.Of(`\]\(data:[^()\s]*\)`)

	mdLine = pattern.Of(`(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)`)
	mdMark = strings.NewReplacer("**", "", "~~", "", "`", "")
)

func markdown(s string) string {
	if strings.Contains(s, "](data:") {
		s = mdContent.ReplaceAllString(s, "]()")
	}
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
