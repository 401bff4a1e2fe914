package fts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// columnBits are the columns that a phrase is looked for in.
var columnBits = map[string]uint{columnsText: 0b11111, columnsParts: 0b01100, columnTitle: 0b00101, columnTitleParts: 0b00100}

// Words are what a query wants to be in a text, for its relevance.
type Words []ClauseWords

// ClauseWords wants one of its terms, each of which wants all of its pieces, each of
// which is one of some phrases.
type ClauseWords [][][]Phrase

// Phrase is cut into the words that FTS5 knows.
type Phrase struct {
	Words   []string
	Open    bool // the last word may go on
	Columns uint // a bit for each of Columns that it may stand in
}

// Words gives what q wants to be in a text.
func (q Query) Words(expand Expand) (w Words) {
	for _, c := range q.Clauses {
		if c.Not {
			continue
		}
		var clause ClauseWords
		for _, t := range c.Any {
			clause = append(clause, wordsOf(t.phrases(expand)))
		}
		if c.instead != nil {
			clause = append(clause, wordsOf([][]phrase{c.instead}))
		}
		w = append(w, clause)
	}
	return w
}

func wordsOf(pieces [][]phrase) (all [][]Phrase) {
	for _, arms := range pieces {
		var list []Phrase
		for _, p := range arms {
			list = append(list, Phrase{tokens(p.text), p.open, columnBits[p.columns]})
		}
		all = append(all, list)
	}
	return all
}

// tokens cuts a phrase as FTS5's tokenizer does. Where it would cut otherwise, as it may
// with rare scripts, the words are not found, which Scores notices.
func tokens(text string) (list []string) {
	runsOf(text, func(r run) {
		list = append(list, strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) && r <= 0x0331 {
				return -1
			}
			return foldRune(r)
		}, text[r.from:r.to]))
	})
	return list
}

// Loosen makes the words of a query match the beginnings and the insides of
// others. It reports whether that changed anything.
func (q Query) Loosen() bool {
	changed := false
	for _, c := range q.Clauses {
		for i := range c.Any {
			t := &c.Any[i]
			if !c.Not && !(t.Open && t.Inner) {
				t.Open, t.Inner, changed = true, true, true
			}
		}
	}
	return changed
}

// Lengths of words in the list, in bytes; what is longer is no word.
const (
	leastWord = 4
	mostWord  = 48
)

// WordsOf gives the words of a text that belong into the list.
func WordsOf(into map[string]bool, texts ...string) {
	for _, s := range texts {
		runsOf(s, func(r run) {
			word := s[r.from:r.to]
			if r.class == letter && len(word) >= leastWord && len(word) <= mostWord && !into[word] {
				into[foldWord(word)] = true
			}
		})
	}
}

// FoldedPart gives a part of a word as it stands in the words of WordsOf. One of fewer than
// three characters, or of several words, is not looked for.
func FoldedPart(s string) (part string, ok bool) {
	part = foldWord(s)
	return part, utf8.RuneCountInString(part) >= 3 && single(part)
}

// single tells whether a text is one word of letters.
func single(s string) bool {
	one := false
	runsOf(s, func(r run) { one = r.class == letter && r.from == 0 && r.to == len(s) })
	return one
}

// InnerParts are the parts of words that a query looks for.
func (q Query) InnerParts() (list []string) {
	for _, c := range q.Clauses {
		for _, t := range c.Any {
			if !t.Inner {
				continue
			}
			for _, p := range t.pieces() {
				if p.class == letter && single(p.text) {
					list = append(list, p.text)
				}
			}
		}
	}
	return list
}
