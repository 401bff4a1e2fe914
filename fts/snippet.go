package fts

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// span is a stretch of a text, in bytes.
type span struct {
	from, to int
	signed   bool // a word with the signs that were typed
}

// word is a word of a text, folded as FTS5 folds it.
type word struct {
	span
	text  string
	class class
}

// snippetScan bounds how much of a text is looked through for its snippet.
const snippetScan = 256 << 10

// words cuts a text into its words, in the place of those of list.
func words(list []word, s string) []word {
	list = slices.Grow(list[:0], len(s)/6+1)
	runsOf(s, func(r run) {
		text := s[r.from:r.to]
		if r.class == letter {
			text = foldWord(text)
		}
		list = append(list, word{span{from: r.from, to: r.to}, text, r.class})
	})
	return list
}

// wanted is a piece of a term, made ready to be looked for in many texts.
type wanted struct {
	sign        string // the word with its signs, where it has some: see sign.go
	class       class
	words       []word // of letters or pictures
	text        string // of a script without spaces
	open, inner bool
}

// Marker marks the terms of a query in texts. It is not for several goroutines at once.
type Marker struct {
	list  []wanted
	words []word // of the last text
}

// NewMarker makes terms ready to be looked for.
func NewMarker(terms []Term) *Marker {
	m := &Marker{}
	for _, t := range terms {
		pieces := t.pieces()
		for i, p := range pieces {
			w := wanted{class: p.class, open: t.Open && i == len(pieces)-1, inner: t.Inner}
			if p.class == unspaced {
				w.text = string(base(p.text))
			} else {
				w.words = words(nil, p.text)
				w.sign = onlySign(t.Text)
			}
			m.list = append(m.list, w)
		}
	}
	return m
}

// onlySign is the term of a text that is one word with signs.
func onlySign(s string) string {
	if list := signTerms(s); len(list) == 1 && single(strings.TrimFunc(s, func(r rune) bool { return r < utf8.RuneSelf && signs[r] != 0 })) {
		return list[0]
	}
	return ""
}

// withSigns gives the word at a place with its signs, if those are the ones that are wanted.
func (p *wanted) withSigns(s string, x span) (span, bool) {
	if p.sign == "" {
		return x, false
	}
	r := run{letter, x.from, x.to}
	if !strings.EqualFold(signTerm(s, r), p.sign) {
		return x, false
	}
	x.from, x.to = signsOf(s, r)
	return x, true
}

// mostMatches is how many matches are looked for in a text.
const mostMatches = 64

// matches finds the terms in a text, in their order, without overlaps.
func (m *Marker) matches(s string) []span {
	m.words = words(m.words, s)
	list := m.words
	var found []span
	for i := range list {
		best := span{}
		for k := range m.list {
			x, ok := m.list[k].at(s, list, i)
			if !ok {
				continue
			}
			x, x.signed = m.list[k].withSigns(s, x)
			if x.to-x.from > best.to-best.from {
				best = x
			}
		}
		if best.to > best.from && (len(found) == 0 || best.from >= found[len(found)-1].to) {
			found = append(found, best)
		}
		if len(found) >= mostMatches {
			break
		}
	}
	return found
}

// at tells where a piece stands that begins in word i.
func (p *wanted) at(s string, list []word, i int) (span, bool) {
	w := list[i]
	if w.class != p.class {
		return span{}, false
	}
	if p.class == unspaced {
		return within(s, w, p.text)
	}
	if len(p.words) == 0 || i+len(p.words) > len(list) {
		return span{}, false
	}
	for k := range p.words {
		is, want, last := list[i+k].text, p.words[k].text, k == len(p.words)-1
		switch {
		case is == want, last && p.open && strings.HasPrefix(is, want):
		case len(p.words) == 1 && p.class == letter:
			return inside(s, w, want, p.inner)
		default:
			return span{}, false
		}
	}
	return span{from: w.from, to: list[i+len(p.words)-1].to}, true
}

// within finds a text of a script without spaces in a word of it.
func within(s string, w word, want string) (span, bool) {
	if i := strings.Index(s[w.from:w.to], want); i >= 0 {
		return span{from: w.from + i, to: w.from + i + len(want)}, true
	}
	return span{}, false
}

// inside finds a word as a part of an identifier, or anywhere in a word.
func inside(s string, w word, want string, anywhere bool) (span, bool) {
	if len(w.text) <= len(want) || !strings.Contains(w.text, want) {
		return span{}, false
	}
	if !anywhere && plain(s[w.from:w.to]) {
		return span{}, false
	}
	at := w.from
	for _, part := range split(s[w.from:w.to]) {
		if foldWord(part) == want {
			return span{from: at, to: at + len(part)}, true
		}
		at += len(part)
	}
	if i := strings.Index(w.text, want); anywhere && i >= 0 && len(w.text) == w.to-w.from {
		return span{from: w.from + i, to: w.from + i + len(want)}, true
	}
	return span{}, false
}
