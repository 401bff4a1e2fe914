package fts

import (
	"strings"
	"unicode/utf8"

	"taskstore/internal/pattern"
)

// titleCut is how many characters a list takes of a text for the title of what has none.
const titleCut = 200

var (
	mdHead = pattern.Of(`^#{1,6}[ \t]+([^\n]*?)(?:[ \t]+#+)?[ \t\r]*(?:\n|$)`)
	// mdWords are words that are marked: strong, struck out, emphasized.
	mdWords = pattern.Of(`\*\*\*?(\S(?:[^\n]*?\S)?)\*\*\*?|~~(\S(?:[^\n]*?\S)?)~~|\B\*([^\s*](?:[^*\n]*[^\s*])?)\*\B|\b_([^\s_](?:[^_\n]*[^\s_])?)_\b`)
	// mdOpen is a link or strong words whose end was cut off.
	mdOpen = pattern.Of(`\[([^\]\n]*)\]\([^()\s]*$|\*\*(\S[^*\n]*)$`)
)

// PlainTitle gives the title that a list shows of a record of a kind, as text: without the tags of a text in HTML that it is
// the beginning of, and without the marks of Markdown around its words. That of a note may be the beginning of a whole text:
// it is in one line, and of one that begins with a headline that alone. A title of marks alone stays as it is.
func PlainTitle(kind, s string) string {
	plain := s
	switch {
	case kind == "attachment": // the name of a file
	case isHTML(s):
		plain = withoutTags(s)
	case kind == "note":
		plain = withoutMarks(s)
	case strings.ContainsAny(s, "*~`_["):
		plain = aroundCode(s, unmarkWords)
	}
	if plain == "" {
		return s
	}
	return plain
}

func isCut(s string) bool { return len(s) >= titleCut && utf8.RuneCountInString(s) >= titleCut }

// withoutTags leaves a title as it is that is no beginning of a text: somebody has called it so.
func withoutTags(s string) string {
	cutOff := isCut(s)
	if !cutOff && !strings.Contains(s, "</") {
		return s
	}
	if i := strings.LastIndexByte(s, '<'); cutOff && strings.IndexByte(s[i:], '>') < 0 {
		s = s[:i] // a tag that was cut
	}
	return inLine(clean(s))
}

func withoutMarks(s string) string {
	if !strings.ContainsAny(s, "#*~`_[>-+\n") {
		return s
	}
	cutOff := isCut(s)
	if head := mdHead.FindStringSubmatch(strings.TrimLeft(s, " \t\r\n")); head != nil && head[1] != "" {
		cutOff, s = cutOff && len(head[0]) == len(s), head[1]
	}
	return inLine(aroundCode(s, func(s string) string {
		s = unmarkWords(mdLine.ReplaceAllString(s, ""))
		if cutOff {
			s = mdOpen.ReplaceAllString(s, "$1$2")
		}
		return s
	}))
}

func unmarkWords(s string) string {
	return mdWords.ReplaceAllString(mdLink.ReplaceAllString(s, "$1"), "$1$2$3$4")
}

func inLine(s string) string { return strings.ReplaceAll(squeeze(s), "\n", " ") }
