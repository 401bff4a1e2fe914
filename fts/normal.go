package fts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normal writes a text as the index has it: composed (NFC), and without the characters that nobody sees, which
// would stand inside words. What is typed is written so too.
func normal(s string) string {
	first := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
	if first < 0 {
		return s
	}
	if strings.IndexFunc(s[first:], isUnseen) >= 0 {
		s = withoutUnseen(s)
	}
	return norm.NFC.String(s)
}

const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
)

// isUnseen tells of a character that has no picture of its own: soft hyphens, spaces of no width, and marks of
// direction. Joiners are such between letters that do not join by themselves.
func isUnseen(r rune) bool {
	switch {
	case r < 0xad || r > 0xfeff:
		return false
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	}
	return r == 0xad || r == 0x034f || r == 0x061c || r == 0x180e || r == 0xfeff
}

// withoutUnseen takes them out. A joiner stays where it makes a difference: in pictures, and in scripts whose
// letters join.
func withoutUnseen(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	before := rune(0)
	for _, r := range s {
		switch {
		case !isUnseen(r), (r == joiner || r == nonJoiner) && !joinsNothing(before):
			b.WriteRune(r)
			before = r
		}
	}
	return b.String()
}

// joinsNothing tells of a letter or a digit of the scripts whose letters stand side by side: Latin, Greek,
// Cyrillic, and what comes before Hebrew in Unicode.
func joinsNothing(r rune) bool { return r < 0x0590 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

// isCompatible tells of a character that is another one written small, high, in a circle, or in another type:
// what people type for it is its NFKC form.
func isCompatible(r rune) bool {
	switch {
	case r < 0xaa:
		return false
	case r < 0x2070:
		return r == 0xaa || r == 0xb2 || r == 0xb3 || r == 0xb9 || r == 0xba || r >= 0xbc && r <= 0xbe
	}
	return r <= 0x209f || r >= 0x2100 && r <= 0x218f || r >= 0x2460 && r <= 0x24ff || r >= 0xfb00 && r <= 0xfb06 ||
		r >= 0xff01 && r <= 0xff5e || r >= 0x1d400 && r <= 0x1d7ff
}
