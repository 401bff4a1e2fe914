package fts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldWord folds case and accents.
func foldWord(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s)
	}
	return strings.Map(foldRune, fold(s))
}

// foldRune takes a Latin letter's accent away.
func foldRune(r rune) rune {
	r = unicode.ToLower(r)
	if r < 0xc0 {
		return r
	}
	if to, ok := plainLetters[r]; ok {
		return to
	}
	return r
}

// plainLetters maps accented letters to plain ones.
var plainLetters = func() map[rune]rune {
	m := map[rune]rune{}
	for _, line := range []string{"aàáâãäåāăąǎạảấầẩẫậắằẳẵặ", "cçćĉċč", "dďḍ", "eèéêëēĕėęěẹẻẽếềểễệ", "gĝğġģ", "hĥḥ", "iìíîïĩīĭįǐỉị", "jĵ", "kķ",
		"lĺļľ", "nñńņňṇ", "oòóôõöōŏőơǒọỏốồổỗộớờởỡợ", "rŕŗř", "sśŝşšșṣ", "tţťțṭ", "uùúûüũūŭůűųưǔụủứừửữự", "wŵ", "yýÿŷỳỵỷỹ", "zźżžẓ",
		"αά", "εέ", "ηή", "ιίϊΐ", "οό", "υύϋΰ", "ωώ", "ий"} {
		runes := []rune(line)
		for _, r := range runes[1:] {
			m[r] = runes[0]
		}
	}
	return m
}()

// folds are letters that people also write as others, which FTS5 keeps apart.
var folds = map[rune]string{'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l",
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ı': "i", 'İ': "i", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬀ': "ff", 'ﬃ': "ffi", 'ﬄ': "ffl",
	'ά': "α", 'έ': "ε", 'ή': "η", 'ί': "ι", 'ϊ': "ι", 'ΐ': "ι", 'ό': "ο", 'ύ': "υ", 'ϋ': "υ", 'ΰ': "υ", 'ώ': "ω", 'Ά': "α", 'Έ': "ε", 'Ή': "η",
	'Ί': "ι", 'Ό': "ο", 'Ύ': "υ", 'Ώ': "ω", 'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ة': "ه", 'ё': "е", 'Ё': "е"}

// optional tells of marks that people leave out: accents that stand by themselves,
// the vowels of Hebrew and Arabic, and the line that makes Arabic words longer.
func optional(r rune) bool {
	return r >= 0x0300 && r <= 0x036f || r >= 0x0591 && r <= 0x05c7 || r >= 0x0610 && r <= 0x061a || r == 0x0640 ||
		r >= 0x064b && r <= 0x065f || r == 0x0670 || r >= 0x06d6 && r <= 0x06ed || r >= 0x08d3 && r <= 0x08ff
}

// fold writes a word with the letters that people put for rare ones, and without
// marks; full-width letters and small digits become plain ones (NFKC). A word without any
// of these comes back as it is.
func fold(word string) string {
	ascii := true
	for i := range len(word) {
		ascii = ascii && word[i] < utf8.RuneSelf
	}
	if ascii {
		return word
	}
	var b strings.Builder
	changed := false
	for _, r := range word {
		to, ok := folds[r]
		switch {
		case ok:
			b.WriteString(to)
		case isCompatible(r):
			b.WriteString(norm.NFKC.String(string(r)))
		case optional(r):
		default:
			b.WriteRune(r)
			continue
		}
		changed = true
	}
	if !changed {
		return word
	}
	return b.String()
}
