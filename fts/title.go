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

// PlainTitle gives the title that a list shows of a record of a kind, as text, where it is the beginning of a whole text, as
// that of a note can be: without the tags of HTML, and without the marks of Markdown, in one line; of a text that begins with a
// headline that alone. What somebody has called so stays, and so does a title of marks alone.
func PlainTitle(kind, s string) string {
	plain := s
	switch {
	case kind == "attachment": // the name of a file
	case isHTML(s):
		plain = withoutTags(s)
	case kind == "note" && isBeginning(s):
		plain = withoutMarks(s)
	}
	if plain == "" {
		return s
	}
	return plain
}

// isBeginning tells whether a title is the beginning of a text in Markdown: nobody gives one with lines or a headline.
func isBeginning(s string) bool {
	text := strings.TrimSpace(s)
	return isCut(s) || strings.Contains(text, "\n") || mdHead.MatchString(text)
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
