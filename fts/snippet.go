package fts

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// span is a stretch of a text, in bytes.
type span struct{ from, to int }

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
		list = append(list, word{span{r.from, r.to}, text, r.class})
	})
	return list
}

// wanted is a piece of a term, made ready to be looked for in many texts.
type wanted struct {
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
			}
			m.list = append(m.list, w)
		}
	}
	return m
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
			if x, ok := m.list[k].at(s, list, i); ok && x.to-x.from > best.to-best.from {
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
	return span{w.from, list[i+len(p.words)-1].to}, true
}

// within finds a text of a script without spaces in a word of it.
func within(s string, w word, want string) (span, bool) {
	if i := strings.Index(s[w.from:w.to], want); i >= 0 {
		return span{w.from + i, w.from + i + len(want)}, true
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
			return span{at, at + len(part)}, true
		}
		at += len(part)
	}
	if i := strings.Index(w.text, want); anywhere && i >= 0 && len(w.text) == w.to-w.from {
		return span{w.from + i, w.from + i + len(want)}, true
	}
	return span{}, false
}

// What a snippet shows around the first match.
const (
	snippetBefore = 60
	snippetBytes  = 200
)

// Snippet gives the place in a text that matches, with <mark> and </mark> around
// what does, and where in the body it is: -1 for a match in the title only.
func (m *Marker) Snippet(title, body string) (text string, at int) {
	found := m.matches(body[:boundary(body, min(len(body), snippetScan))])
	if len(found) == 0 {
		if inTitle := m.matches(title); len(inTitle) > 0 || body == "" {
			return marked(title, 0, len(title), inTitle), -1
		}
		return cutOut(body, nil, 0), 0
	}
	best := densest(found)
	return cutOut(body, found, found[best].from), found[best].from
}

// densest gives the match with the most others soon after it.
func densest(found []span) int {
	best, most := 0, 0
	for i := range found {
		n := 0
		for k := i; k < len(found) && found[k].to-found[i].from < snippetBytes-snippetBefore; k++ {
			n++
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

func cutOut(body string, found []span, at int) string {
	from := wordStart(body, max(0, at-snippetBefore))
	to := wordEnd(body, min(len(body), from+snippetBytes))
	text := marked(body, from, to, found)
	text = strings.ReplaceAll(text, "\n", " ")
	if from > 0 {
		text = "… " + text
	}
	if to < len(body) {
		text += " …"
	}
	return text
}

func marked(s string, from, to int, found []span) string {
	var b strings.Builder
	for _, m := range found {
		if m.from < from || m.to > to {
			continue
		}
		b.WriteString(s[from:m.from] + "<mark>" + s[m.from:m.to] + "</mark>")
		from = m.to
	}
	b.WriteString(s[from:to])
	return b.String()
}

// boundary moves i back to where a character begins.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// wordStart moves i forward to a word's beginning, if one is near.
func wordStart(s string, i int) int {
	i = boundary(s, i)
	if i == 0 {
		return 0
	}
	if k := strings.IndexAny(s[i:min(len(s), i+20)], " \n"); k >= 0 {
		return i + k + 1
	}
	return i
}

func wordEnd(s string, i int) int {
	i = boundary(s, i)
	if i == len(s) {
		return i
	}
	if k := strings.LastIndexAny(s[max(0, i-20):i], " \n"); k >= 0 {
		return max(0, i-20) + k
	}
	return i
}

// PartAt gives the part of a row in which a place of its body is: the moment, or
// the field. titleName is the field of the title, for a place of -1.
func PartAt(part, list string, at int, titleName string) string {
	if at < 0 {
		return titleName
	}
	if list != "" || !strings.Contains(part, "@") {
		return part
	}
	name := titleName
	for _, field := range strings.Split(part, " ") {
		i := strings.LastIndexByte(field, '@')
		if i < 0 {
			continue
		}
		if from, err := strconv.Atoi(field[i+1:]); err == nil && from <= at {
			name = field[:i]
		}
	}
	return name
}
