package fts

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FTS5's tokenizer knows an older Unicode than Go, of which all that is not in it is in
// words. A test compares each character with what FTS5 makes of it.

// inWord tells of a character that FTS5 has in words.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return ascii[r] == letter
	}
	if r|1 == 0xffff {
		return false
	}
	return unicode.IsLetter(r) || unicode.In(r, unicode.N, unicode.Mn, unicode.Mc, unicode.Co) || newer(r) || !unicode.In(r, unicode.P, unicode.S, unicode.Z, unicode.M, unicode.Cc, unicode.Cf, unicode.Cs)
}

// newer tells of a character that is no letter, and that FTS5 does not know.
func newer(r rune) bool {
	i, ok := slices.BinarySearchFunc(newerRanges, r, func(at [2]rune, r rune) int { return int(at[0] - r) })
	return ok || i > 0 && r <= newerRanges[i-1][1]
}

var newerRanges = func() (list [][2]rune) {
	for _, field := range strings.Fields(newerText) {
		from, to, _ := strings.Cut(field, "-")
		a, _ := strconv.ParseInt(from, 16, 32)
		b, err := strconv.ParseInt(to, 16, 32)
		if err != nil {
			b = a
		}
		list = append(list, [2]rune{rune(a), rune(b)})
	}
	return list
}()

const newerText = `58d-58e 605 61c-61d 7fe-7ff 888 890-891 8e2 9fd a76 c77 c84 d4f 1abe 1b7d-1b7e 2066-2069 20ba-20c0 218a-218b 23f4-23ff 2700 2b4d-2b4f 2b5a-2b73 2b76-2b95 2b97-2bff
2e3c-2e5d 32ff a8fc ab5b ab6a-ab6b fbc2 fd40-fd4f fdcf fdfe-fdff fffe-ffff 1018c-1018e 1019c 101a0 1056f 10877-10878 10ac8 10af0-10af6 10b99-10b9c 10ead 10f55-10f59
10f86-10f89 110cd 11174-11175 111cd 111db 111dd-111df 11238-1123d 112a9 1144b-1144f 1145a-1145b 1145d 114c6 115c1-115d7 11641-11643 11660-1166c 116b9 1173c-1173f
1183b 11944-11946 119e2 11a3f-11a46 11a9a-11a9c 11a9e-11aa2 11b00-11b09 11c41-11c45 11c70-11c71 11ef7-11ef8 11f43-11f4f 11fd5-11ff1 11fff 12474 12ff1-12ff2
13430-1343f 16a6e-16a6f 16af5 16b37-16b3f 16b44-16b45 16e97-16e9a 16fe2 1bc9c 1bc9f-1bca3 1cf50-1cfc3 1d1de-1d1ea 1d800-1d9ff 1da37-1da3a 1da6d-1da74 1da76-1da83
1da85-1da8b 1e14f 1e2ff 1e95e-1e95f 1ecac 1ecb0 1ed2e 1f0bf 1f0e0-1f0f5 1f10d-1f10f 1f12f 1f16c-1f16f 1f19b-1f1ad 1f23b 1f260-1f265 1f321-1f32f 1f336 1f37d-1f37f
1f394-1f39f 1f3c5 1f3cb-1f3df 1f3f1-1f3ff 1f43f 1f441 1f4f8 1f4fd-1f4ff 1f53e-1f53f 1f544-1f54f 1f568-1f5fa 1f641-1f644 1f650-1f67f 1f6c6-1f6d7 1f6dc-1f6ec
1f6f0-1f6fc 1f774-1f776 1f77b-1f7d9 1f7e0-1f7eb 1f7f0 1f800-1f80b 1f810-1f847 1f850-1f859 1f860-1f887 1f890-1f8ad 1f8b0-1f8b1 1f900-1fa53 1fa60-1fa6d 1fa70-1fa7c
1fa80-1fa88 1fa90-1fabd 1fabf-1fac5 1face-1fadb 1fae0-1fae8 1faf0-1faf8 1fb00-1fb92 1fb94-1fbca`

// foldFTS5 gives a character as it stands in FTS5's words, if that is of ASCII or one of а to
// џ; 0 is left out.
func foldFTS5(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf:
		return r
	case r >= 0x300 && r <= 0x331 && unicode.Is(unicode.Mn, r) && !slices.Contains(keptMarks, r):
		return 0
	}
	r = unicode.ToLower(r)
	if to, ok := rareLetters[r]; ok {
		return to
	}
	if r == 'й' {
		return r
	}
	return foldRune(r)
}

// keptMarks are accents that FTS5 keeps.
var keptMarks = []rune("\u0305\u030d\u030e\u0310\u0312\u0313\u0314\u0315\u0316\u0317\u0318\u0319\u031a\u031c\u031d\u031e\u031f\u0320\u0321\u0322\u0329\u032a\u032b\u032c\u032f")

// rareLetters are folded by FTS5 beside those of plainLetters.
var rareLetters = func() map[rune]rune {
	m := map[rune]rune{}
	for _, line := range []string{"aǟǻȁȃȧḁ", "bḃḅḇ", "cḉ", "dḋḏḑḓ", "eȅȇȩḕḗḙḛḝ", "fḟ", "gǧǵḡ", "hȟḣḧḩḫẖ", "iȉȋḭḯ", "jǰ", "kǩḱḳḵ", "lḷḹḻḽ", "mḿṁṃ", "nǹṅṉṋ", "oǫǭȍȏȫȭȯȱṍṏṑṓ", "pṕṗ",
		"rȑȓṙṛṝṟ", "sſṡṥṧṩẛ", "tṫṯṱẗ", "uǖǘǚǜȕȗṳṵṷṹṻ", "vṽṿ", "wẁẃẅẇẉẘ", "xẋẍ", "yȳẏẙ", "zẑẕ"} {
		runes := []rune(line)
		for _, r := range runes[1:] {
			m[r] = runes[0]
		}
	}
	return m
}()
