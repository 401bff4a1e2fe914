package schema

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NormalTag writes a tag as it is kept: composed (NFC), and without white space around it. Two
// tags are one if that is equal, the case of letters included.
func NormalTag(tag string) string { return norm.NFC.String(strings.TrimSpace(tag)) }

// FoldTag writes a tag or a status so that what a filter takes for the same is equal: as NormalTag, and
// without the case of letters.
func FoldTag(tag string) string {
	fold := func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
	return norm.NFC.String(strings.Map(fold, NormalTag(tag)))
}

// NormalTags writes those of tags that are not in before as they are kept; one that this makes equal to
// another is left out. It gives tags itself if nothing is to be changed.
func NormalTags(tags, before []string) []string {
	is := func(t string) bool { return NormalTag(t) == t || slices.Contains(before, t) }
	if !slices.ContainsFunc(tags, func(t string) bool { return !is(t) }) {
		return tags
	}
	list := make([]string, 0, len(tags))
	for _, t := range tags {
		if is(t) {
			list = append(list, t)
			continue
		}
		if t = NormalTag(t); !slices.Contains(list, t) && !slices.Contains(tags, t) {
			list = append(list, t)
		}
	}
	return list
}
