package schema

import (
	"cmp"
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

// Nearest sorts words by how little one must change a word to get them, case aside; those that are as near
// stay in their order.
func Nearest(word string, words []string) []string {
	word = FoldTag(word)
	far := make(map[string]int, len(words))
	for _, w := range words {
		far[w] = distance(word, FoldTag(w))
	}
	list := slices.Clone(words)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	return list
}

// IsNear tells whether one of two words may be the other one with a slip or two.
func IsNear(a, b string) bool {
	a, b = FoldTag(a), FoldTag(b)
	return distance(a, b) <= max(1, min(len(a), len(b))/3)
}

// distance counts the characters to be put in, taken out, replaced, or swapped with the next one. What is
// longer than a word is as far as can be.
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for k := range above {
		above[k] = k
	}
	for i := range a {
		row[0] = i + 1
		for k := range b {
			replace := above[k]
			if a[i] != b[k] {
				replace++
			}
			row[k+1] = min(replace, above[k+1]+1, row[k]+1)
			if i > 0 && k > 0 && a[i] == b[k-1] && a[i-1] == b[k] {
				row[k+1] = min(row[k+1], before[k-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	if strings.HasPrefix(to, from) { // cut off rather than mistyped
		return min(above[len(b)], 2)
	}
	return above[len(b)]
}
