package fts

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Beginning is a clause of a question that wants a word that begins so: half*.
type Beginning struct {
	Words []string // as the index has words; any of these will do
	title bool     // in the title only
}

// Beginnings takes clauses that want nothing but a word that begins so, and that pick
// chooses, out of a question. What is left of that wants the same of a text besides.
func (q Query) Beginnings(pick func(Beginning) bool) (rest Query, list []Beginning) {
	rest = Query{Filters: q.Filters}
	for _, c := range q.Clauses {
		if b, ok := c.beginning(); ok && pick(b) {
			list = append(list, b)
			continue
		}
		rest.Clauses = append(rest.Clauses, c)
	}
	return rest, list
}

// beginning gives what a clause wants if FTS5 finds it by words that begin so alone.
func (c Clause) beginning() (b Beginning, ok bool) {
	if c.Not || len(c.Any) != 1 || !c.Any[0].Open || c.Any[0].Inner {
		return b, false
	}
	t := c.Any[0]
	pieces := t.phrases(nil)
	if len(pieces) != 1 {
		return b, false
	}
	b.title = t.Title
	for _, p := range pieces[0] {
		words := WordsOfFTS5(p.text)
		if len(words) != 1 || strings.ContainsFunc(words[0], unsure) || p.columns != columnsFor(t, letter) {
			return b, false
		}
		b.Words = append(b.Words, words[0])
	}
	return b, true
}

// unsure tells of a character of which foldFTS5 does not know what else becomes it.
func unsure(r rune) bool { return r >= utf8.RuneSelf && (r < 'а' || r > 'џ') }

// InTitle tells whether the word must be in the title.
func (b Beginning) InTitle() bool { return b.title }

// Times counts the words of a text that begin so, by their weights, up to most in each
// column; 0 is none.
func (b Beginning) Times(c *Columns, most int) (n float64) {
	for i, s := range []string{c.Title, c.Body, c.TitleParts, c.BodyParts} {
		if b.title && columnBits[columnTitle]>>i&1 == 0 {
			continue
		}
		for _, w := range b.Words {
			n += Weights[i] * float64(begins(s, w, most))
		}
	}
	return n
}

// begins counts the words of a text, as FTS5 cuts it, that begin with one as the index has it.
func begins(s, word string, most int) (n int) {
	for i := 0; i < len(s) && n < most; {
		left := word // what has not been compared yet
		for first := true; i < len(s); first = false {
			r, size := rune(s[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(s[i:])
			}
			if !inWord(r) {
				if first {
					i += size // between words
				}
				break
			}
			i += size
			if r = foldFTS5(r); r == 0 {
				continue
			}
			want, width := utf8.DecodeRuneInString(left)
			if r != want {
				i += restOfWord(s[i:])
				break
			}
			if left = left[width:]; left == "" {
				n++
				i += restOfWord(s[i:])
				break
			}
		}
	}
	return n
}

// restOfWord is how many bytes of a text go on with a word.
func restOfWord(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if ascii[c] != letter {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !inWord(r) {
			return i
		}
		i += size
	}
	return len(s)
}

// WordsOfFTS5 cuts a text into words as FTS5 does. Only characters of ASCII and а to џ are sure to be the same
// as in its words.
func WordsOfFTS5(s string) (list []string) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !inWord(r) }) {
		list = append(list, strings.Map(func(r rune) rune {
			if r = foldFTS5(r); r == 0 {
				return -1
			}
			return r
		}, word))
	}
	return slices.DeleteFunc(list, func(w string) bool { return w == "" })
}
