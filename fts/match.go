package fts

import (
	"slices"
	"strings"
)

// Match is a query in FTS5's own language: every word in quotes, so that none can
// be an operator.
type Match string

// Expand gives the words that a part of a word is inside of.
type Expand map[string][]string

// Match writes the words of q for FTS5, for texts of these kinds (nil is all) with
// these labels. A query without words that are wanted matches each entity once, by its
// own text.
func (q Query) Match(kinds []string, labels Labels, expand Expand) Match {
	var want, not []string
	for _, c := range q.Clauses {
		one := c.match(expand)
		if c.Not {
			not = append(not, one)
		} else {
			want = append(want, one)
		}
	}
	expr := strings.Join(want, " AND ")
	if len(want) == 0 {
		expr = "kind : " + Quote(ownTerm)
	}
	if len(not) > 0 {
		expr = "(" + expr + ") NOT (" + strings.Join(not, " OR ") + ")"
	}
	if also := labelExpr(kinds, labels); also != "" {
		expr = "(" + expr + ")" + kindClause + "(" + also + ")"
	}
	return Match(expr)
}

// MatchRest is Match for what Beginnings has left: without words that are wanted it matches
// all texts of these kinds. all are the kinds where those are nil; "" is every text.
func (q Query) MatchRest(kinds, all []string, labels Labels, expand Expand) Match {
	if slices.ContainsFunc(q.Clauses, func(c Clause) bool { return !c.Not }) {
		return q.Match(kinds, labels, expand)
	}
	var not []string
	for _, c := range q.Clauses {
		not = append(not, c.match(expand))
	}
	if len(not) > 0 && len(kinds) == 0 {
		kinds = all
	}
	also := labelExpr(kinds, labels)
	switch {
	case also == "":
		return ""
	case len(not) == 0:
		return Match("kind : (" + also + ")")
	}
	return Match("(kind : (" + also + ")) NOT (" + strings.Join(not, " OR ") + ")")
}

// match writes a clause, without its Not.
func (c Clause) match(expand Expand) string {
	arms := make([]string, len(c.Any), len(c.Any)+len(c.instead))
	for i, t := range c.Any {
		arms[i] = t.match(expand)
	}
	for _, p := range c.instead {
		arms = append(arms, p.match())
	}
	return "(" + strings.Join(arms, " OR ") + ")"
}

func labelExpr(kinds []string, labels Labels) string {
	also := labels.match()
	if len(kinds) == 0 {
		return also
	}
	quoted := make([]string, len(kinds))
	for i, k := range kinds {
		quoted[i] = Quote(kindTerm(k))
	}
	any := "(" + strings.Join(quoted, " OR ") + ")"
	if also != "" {
		any += " AND "
	}
	return any + also
}

const kindClause = " AND kind : "

// Phrases is how many phrases of words FTS5 looks for.
func (m Match) Phrases() int {
	words, _, _ := strings.Cut(string(m), kindClause)
	return strings.Count(words, `"`) / 2
}

// Quote makes a text one phrase of FTS5's language.
func Quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

const (
	columnsText      = "" // all: see kindColumn
	columnsParts     = "{title_parts body_parts} : "
	columnTitle      = "{title title_parts} : "
	columnTitleParts = "title_parts : "
)

// phrase is one way in which FTS5 finds a piece of a term.
type phrase struct {
	columns string // in FTS5's language
	text    string
	open    bool // the last word may go on
}

func (p phrase) match() string {
	if p.open {
		return p.columns + Quote(p.text) + " *"
	}
	return p.columns + Quote(p.text)
}

// phrases gives the pieces of a term, all of which are wanted, and the phrases by any of
// which each of them is found.
func (t Term) phrases(expand Expand) [][]phrase {
	var all [][]phrase
	pieces := t.pieces()
	for i, p := range pieces {
		open := t.Open && i == len(pieces)-1
		var arms []phrase
		for _, text := range p.phrases() {
			arms = append(arms, phrase{columnsFor(t, p.class), text, open || p.short})
		}
		if t.Inner {
			for _, word := range expand[p.text] {
				arms = append(arms, phrase{columnsFor(t, letter), word, false})
			}
		}
		all = append(all, arms)
	}
	return all
}

// match writes one term. A term of several scripts wants each of its pieces.
func (t Term) match(expand Expand) string {
	var all []string
	for _, arms := range t.phrases(expand) {
		any := make([]string, len(arms))
		for i, p := range arms {
			any[i] = p.match()
		}
		all = append(all, "("+strings.Join(any, " OR ")+")")
	}
	return strings.Join(all, " AND ")
}

// columnsFor are the columns to look in. What only parts can find is looked for
// there alone.
func columnsFor(t Term, k class) string {
	switch {
	case k == letter && t.Title:
		return columnTitle
	case k == letter:
		return columnsText
	case t.Title:
		return columnTitleParts
	}
	return columnsParts
}

// piece is a part of a term whose words are found in the same way.
type piece struct {
	class class
	text  string
	short bool // a single character of a script without spaces: pairs that begin with it
}

// pieces cuts a term where the way of finding changes. Words of letters stay
// together, with what stands between them, as one phrase.
func (t Term) pieces() (list []piece) {
	from, to := -1, 0 // the phrase of letters that is open
	flush := func() {
		if from >= 0 {
			list = append(list, piece{class: letter, text: t.Text[from:to]})
		}
		from = -1
	}
	pictures := -1
	runsOf(t.Text, func(r run) {
		if r.class == letter {
			if from < 0 {
				from = r.from
			}
			to = r.to
			return
		}
		flush()
		text := t.Text[r.from:r.to]
		if n := len(list); r.class == picture && n > 0 && list[n-1].class == picture && pictures == r.from {
			list[n-1].text += text
		} else {
			list = append(list, piece{class: r.class, text: text, short: r.class == unspaced && len(base(text)) == 1})
		}
		pictures = r.to
	})
	flush()
	return list
}

// phrases gives the phrases any of which finds the piece.
func (p piece) phrases() []string {
	switch p.class {
	case picture:
		var terms []string
		runsOf(p.text, func(r run) { terms = append(terms, pictureTerm(p.text[r.from:r.to])) })
		return []string{strings.Join(terms, " ")}
	case unspaced:
		terms := termsOf(unspaced, p.text)
		if len(terms) > 1 {
			terms = terms[:len(terms)-1]
		}
		return []string{strings.Join(terms, " ")}
	}
	list := []string{p.text}
	single := true
	runsOf(p.text, func(r run) { single = single && r.from == 0 && r.to == len(p.text) })
	if single {
		for _, form := range forms(p.text, false) {
			list = append(list, strings.Join(form, " "))
		}
	}
	return list
}
