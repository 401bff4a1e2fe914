package fts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FTS5's tokenizer finds words by the spaces and marks between them. What it
// cannot find so, sideTerms writes into a column of its own as words that it can:
//
//	getUserName, sqlite3     get user name; sqlite 3
//	検索する (no spaces)       検索 索す する る: each pair of neighbours, and the last one
//	Straße, œuvre            strasse, oeuvre
//	كَتَبَ, שָׁלוֹם              the word without its vowel marks
//	🚀                        u1f680
//	C++, .NET                 themselves, as one term (see sign.go)
//
// Between the terms of one word and those of the next stands a private character,
// so that a phrase cannot reach across.

// gap is what stands between the terms of two words. FTS5 takes it for a word.
const gap = "\ue000"

// class says how the words of a character are found.
type class int

const (
	apart    class = iota // between words
	letter                // part of a word that spaces end
	unspaced              // part of a script that has no spaces between words
	picture               // an emoji or another symbol that is a word by itself
	mark                  // a combining mark: belongs to the character before it
)

// unspacedScripts are written without spaces between words, or, as Korean, with
// endings that hang on them.
var unspacedScripts = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao,
	unicode.Khmer, unicode.Myanmar, unicode.Bopomofo, unicode.Yi, unicode.Tibetan}

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return ascii[r]
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Me, r) || r == 0x200d || r == 0x0640:
		return mark
	case unicode.IsLetter(r) || r == 0x30fc || r == 0x3005:
		if r >= 0x0e00 && unicode.In(r, unspacedScripts...) || r == 0x30fc || r == 0xff70 {
			return unspaced
		}
		return letter
	case unicode.IsNumber(r):
		return letter
	case unicode.Is(unicode.So, r) || r >= 0x1f1e6 && r <= 0x1faff:
		return picture
	}
	return apart
}

// ascii are the classes of its characters.
var ascii = func() (list [utf8.RuneSelf]class) {
	for _, c := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" {
		list[c] = letter
	}
	return list
}()

// run is a stretch of a text of one class, marks included.
type run struct {
	class    class
	from, to int // bytes
}

// runsOf calls fn for the words of s.
func runsOf(s string, fn func(run)) {
	cur := run{class: apart}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && ascii[c] == cur.class {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		k := classOf(r)
		if k == mark && cur.class != apart {
			k = cur.class
		} else if k == mark {
			k = apart
		}
		if k != cur.class || k == picture && classOf(r) == picture {
			if cur.class != apart {
				cur.to = i
				fn(cur)
			}
			cur = run{class: k, from: i}
		}
		i += n
	}
	if cur.class != apart {
		cur.to = len(s)
		fn(cur)
	}
}

// sideTerms gives the terms of a text that FTS5 would not find by itself.
func sideTerms(s string) string {
	if allPlain(s) {
		return ""
	}
	var b strings.Builder
	add := func(terms []string) {
		if len(terms) == 0 {
			return
		}
		if b.Len() > 0 {
			b.WriteString(" " + gap + " ")
		}
		b.WriteString(strings.Join(terms, " "))
	}
	var seen map[string]bool // words that were split already: once will do
	once := func(word string) bool {
		if seen == nil {
			seen = map[string]bool{}
		}
		is := seen[word]
		seen[word] = true
		return !is
	}
	last := run{class: apart}
	runsOf(s, func(r run) {
		word, before := s[r.from:r.to], last
		last = r
		if r.class == picture && before.class == picture && before.to == r.from {
			b.WriteString(" " + pictureTerm(word)) // one sign of several
			return
		}
		if r.class != letter {
			add(termsOf(r.class, word))
			return
		}
		if sign := signTerm(s, r); sign != "" && once(sign) {
			add([]string{sign})
		}
		touching := before.class == unspaced && before.to == r.from || nextUnspaced(s, r.to)
		if plain(word) && !touching || !once(word) {
			return
		}
		for _, form := range forms(word, touching) {
			add(form)
		}
		add(version(word, s[r.to:]))
	})
	return b.String()
}

func nextUnspaced(s string, i int) bool {
	if i >= len(s) || s[i] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return classOf(r) == unspaced
}

// plain tells of a word that FTS5 finds as it is: ASCII, of lower case but for
// the first letter, or without lower case, and no digits beside letters.
func plain(word string) bool {
	lower, upper, digit := false, false, false
	for i := range len(word) {
		switch c := word[i]; {
		case c >= utf8.RuneSelf:
			return false
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'A' && c <= 'Z':
			upper = upper || i > 0
		default:
			lower = true
		}
	}
	letters := lower || upper || len(word) > 0 && word[0] >= 'A'
	return !(digit && letters) && !(lower && upper)
}

// allPlain tells of a text of which all words are plain and without signs, as most are.
func allPlain(s string) bool {
	const upper, lower, digit = 1, 2, 4 // what there is in a word, its first letter apart
	word, first := byte(0), byte(0)
	for i := range len(s) {
		c := s[i]
		var k byte
		switch {
		case c >= 'a' && c <= 'z':
			k = lower
		case c >= 'A' && c <= 'Z':
			k = upper
		case c >= '0' && c <= '9':
			k = digit
		case c >= utf8.RuneSelf:
			return false
		default:
			if word, first = 0, 0; signs[c] != 0 && touchesWord(s, i) {
				return false
			}
			continue
		}
		if first == 0 {
			if first = k; k == upper {
				continue
			}
		}
		if word |= k; word&digit != 0 && (word|first)&(upper|lower) != 0 || word&(upper|lower) == upper|lower {
			return false
		}
	}
	return true
}

// forms are the other ways in which a word of letters is found.
func forms(word string, whole bool) [][]string {
	var list [][]string
	if whole {
		list = append(list, []string{word})
	}
	if f := fold(word); f != word {
		list = append(list, []string{f})
	}
	if parts := split(word); len(parts) > 1 {
		list = append(list, parts)
	}
	return list
}

// version gives the numbers of a version that has a letter before it, v2.0.3-rc1, for
// those who look for the rest alone.
func version(word, after string) []string {
	number := strings.TrimLeftFunc(word, func(r rune) bool { return kindOf(r) != '0' })
	n := 0
	for n+1 < len(after) && after[n] == '.' && after[n+1] >= '0' && after[n+1] <= '9' {
		for n++; n < len(after) && after[n] >= '0' && after[n] <= '9'; n++ {
		}
	}
	if number == word || number == "" || n == 0 {
		return nil
	}
	terms := append([]string{number}, strings.Split(after[1:n], ".")...)
	if n == len(after) || after[n] != '-' && after[n] != '+' {
		return terms
	}
	for len(terms) < maxParts && n+1 < len(after) && strings.IndexByte("-+.", after[n]) >= 0 && isAlnum(after[n+1]) {
		from := n + 1
		for n = from; n < len(after) && isAlnum(after[n]); n++ {
		}
		terms = append(terms, after[from:n])
	}
	return terms
}

func isAlnum(c byte) bool { return c < utf8.RuneSelf && ascii[c] == letter }

// termsOf gives the terms of a run that is no word of letters.
func termsOf(k class, text string) []string {
	if k == picture {
		return []string{pictureTerm(text)}
	}
	runes := base(text)
	terms := make([]string, 0, len(runes))
	for i := range runes {
		terms = append(terms, string(runes[i:min(i+2, len(runes))]))
	}
	return terms
}

// base gives the characters of a text without marks.
func base(text string) []rune {
	runes := make([]rune, 0, len(text)/3+1)
	for _, r := range text {
		if classOf(r) != mark {
			runes = append(runes, r)
		}
	}
	return runes
}

func pictureTerm(text string) string {
	const digits = "0123456789abcdef"
	r, _ := utf8.DecodeRuneInString(text)
	term := []byte{'u'}
	for shift := 28; shift >= 0; shift -= 4 {
		if r>>shift != 0 {
			term = append(term, digits[r>>shift&15])
		}
	}
	return string(term)
}

// maxParts is how many parts a word is cut into: a hash of letters and digits
// is no identifier.
const maxParts = 8

// split cuts an identifier into its words: getUserName, HTTPServer, sqlite3.
func split(word string) []string {
	if len(word) > 64 {
		return nil
	}
	var parts []string
	runes := []rune(word)
	from := 0
	for i := 1; i < len(runes); i++ {
		a, b := kindOf(runes[i-1]), kindOf(runes[i])
		camel := a == 'a' && b == 'A'
		acronym := a == 'A' && b == 'A' && i+1 < len(runes) && kindOf(runes[i+1]) == 'a'
		number := (a == '0') != (b == '0')
		if camel || acronym || number {
			parts = append(parts, string(runes[from:i]))
			from = i
		}
	}
	if parts = append(parts, string(runes[from:])); len(parts) > maxParts {
		return nil
	}
	return parts
}

func kindOf(r rune) byte {
	switch {
	case unicode.IsNumber(r):
		return '0'
	case unicode.IsUpper(r):
		return 'A'
	}
	return 'a'
}
