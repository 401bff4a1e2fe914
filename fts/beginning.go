package fts

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Beginning is a clause of a question that wants a word that begins so, half*, or a phrase
// that ends with one.
type Beginning struct {
	arms  []arm // any of these will do
	title bool  // in the title only
}

// arm is words, as the index has them, that follow each other.
type arm struct {
	phrase
	words []string
}

// Beginnings takes clauses out of a question that want a beginning which is common. What is left
// of it finds all texts that have those too, and others.
func (q Query) Beginnings(expand Expand, common func(word string) bool) (rest Query, list []Beginning) {
	rest = Query{Filters: q.Filters}
	for _, c := range q.Clauses {
		b, ok := c.beginning(expand)
		less, is := b.without(common)
		if !ok || !is {
			rest.Clauses = append(rest.Clauses, c)
			continue
		}
		list = append(list, b)
		if less != nil {
			rest.Clauses = append(rest.Clauses, Clause{instead: less})
		}
	}
	return rest, list
}

// without gives what finds all that b does without the common beginnings: nil is every text. It
// tells whether there is one.
func (b Beginning) without(common func(word string) bool) (less []phrase, is bool) {
	alone := false
	for _, a := range b.arms {
		p, last := a.phrase, len(a.words)-1
		if p.open && common(a.words[last]) {
			is, alone = true, alone || last == 0
			p.text, p.open = strings.Join(a.words[:last], " "), false
		}
		less = append(less, p)
	}
	if alone {
		less = nil
	}
	return less, is
}

// beginning gives what a clause wants if looking into a text tells whether it has that.
func (c Clause) beginning(expand Expand) (b Beginning, ok bool) {
	if c.Not || len(c.Any) != 1 || !c.Any[0].Open {
		return b, false
	}
	t := c.Any[0]
	pieces := t.phrases(expand)
	if len(pieces) != 1 {
		return b, false
	}
	b.title = t.Title
	for _, p := range pieces[0] {
		words := WordsOfFTS5(p.text)
		inside := !p.open // one of many words that a part is inside of: FTS5 finds those sooner
		if inside || len(words) == 0 || strings.ContainsFunc(strings.Join(words, ""), unsure) || p.columns != columnsFor(t, letter) {
			return b, false
		}
		b.arms = append(b.arms, arm{p, words})
	}
	return b, true
}

// unsure tells of a character of which foldFTS5 does not know what else becomes it.
func unsure(r rune) bool { return r >= utf8.RuneSelf && (r < 'а' || r > 'џ') }

// InTitle tells whether the word must be in the title.
func (b Beginning) InTitle() bool { return b.title }

// Times counts in a text what the clause wants, by weight, up to most in each column; 0 is none.
func (b Beginning) Times(c *Columns, most int) (n float64) {
	for i, s := range []string{c.Title, c.Body, c.TitleParts, c.BodyParts} {
		if b.title && columnBits[columnTitle]>>i&1 == 0 {
			continue
		}
		for _, a := range b.arms {
			n += Weights[i] * float64(a.times(s, most))
		}
	}
	return n
}

func (a arm) times(s string, most int) (n int) {
	last := len(a.words) - 1
	if a.open && last == 0 {
		return begins(s, a.words[0], most)
	}
	words := WordsOfFTS5(s)
	for i := 0; i+last < len(words) && n < most; i++ {
		end := words[i+last]
		if slices.Equal(words[i:i+last], a.words[:last]) && (end == a.words[last] || a.open && strings.HasPrefix(end, a.words[last])) {
			n++
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
