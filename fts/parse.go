package fts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"taskstore/schema"
)

// Limits of a query. What a person types is far below; a paste of a whole text
// gets a clear answer instead of work without end.
const (
	MaxQuery = 4096 // bytes
	MaxTerms = 32   // words, phrases and filters
)

// Query is what a person typed, taken apart.
type Query struct {
	Clauses []Clause // all of these
	Filters []Filter // all of these
}

// Clause wants one of its terms, or with Not none of them.
type Clause struct {
	Any []Term
	Not bool

	instead []phrase // what FTS5 is asked for instead: see Beginnings
}

// Term is a word or a phrase.
type Term struct {
	Text  string
	Title bool // in the title only
	Open  bool // the last word may go on: half*
	Inner bool // may be inside a word: *half*
}

// Filter is a field and what it must be: tag:work.
type Filter struct {
	Field, Value string
	Not          bool
}

// filterFields are the fields that a filter may name. A word with a colon that
// names none is a word.
var filterFields = set("kind tag status after before since until on in topic company contact note session task is")

// Parse reads what a person typed. Nothing is a syntax error; only a text beyond
// the limits is refused. What there is nothing to look for in, IsEmpty tells.
//
//	word  "a phrase"  -without  begin*  *inside*  this OR that  title:word
//	tag:x  kind:notes  status:done  after:2026-01-01  before:7d  on:2026-03  topic:"Name or id"  is:trash
func Parse(text string) (q Query, err error) {
	if len(text) > MaxQuery {
		return q, tooMuch(fmt.Sprintf("has %d bytes; at most %d are looked for", len(text), MaxQuery))
	}
	or := false
	n := 0
	for _, w := range lex(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", " "), " ")) {
		if w.or {
			or = true
			continue
		}
		if n++; n > MaxTerms {
			return q, tooMuch(fmt.Sprintf("has more than %d words; look for fewer", MaxTerms))
		}
		if w.field != "" && w.field != "title" {
			q.Filters = append(q.Filters, Filter{w.field, w.text, w.not})
			or = false
			continue
		}
		t := Term{Text: normal(w.text), Title: w.field == "title", Open: w.open, Inner: w.inner}
		last := len(q.Clauses) - 1
		if or && last >= 0 && !w.not && !q.Clauses[last].Not {
			q.Clauses[last].Any = append(q.Clauses[last].Any, t)
		} else {
			q.Clauses = append(q.Clauses, Clause{Any: []Term{t}, Not: w.not})
		}
		or = false
	}
	return q, nil
}

func tooMuch(problem string) error {
	return &schema.InvalidError{Kind: "search", Field: "query", Problem: problem}
}

// lexeme is a word, a phrase or a filter as it was typed.
type lexeme struct {
	field, text          string
	not, or, open, inner bool
}

func lex(s string) (list []lexeme) {
	for {
		s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' })
		if s == "" {
			return list
		}
		var w lexeme
		w, s = lexOne(s)
		if w.or || findable(w.text) || w.field != "" && w.field != "title" {
			list = append(list, w)
		}
	}
}

func lexOne(s string) (w lexeme, rest string) {
	if len(s) > 1 && (s[0] == '-' || s[0] == '+') && !spaceAt(s, 1) {
		w.not = s[0] == '-'
		s = s[1:]
	}
	if i := strings.IndexByte(s, ':'); i > 0 {
		if name := strings.ToLower(s[:i]); (filterFields[name] || name == "title") && i+1 < len(s) && !spaceAt(s, i+1) {
			w.field, s = name, s[i+1:]
		}
	}
	quoted := strings.HasPrefix(s, `"`)
	if quoted {
		end := strings.IndexByte(s[1:], '"')
		if end < 0 {
			w.text, s = s[1:], ""
		} else {
			w.text, s = s[1:1+end], s[2+end:]
		}
		if strings.HasPrefix(s, "*") {
			w.open, s = true, s[1:]
		}
		return w, s
	}
	end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '(' || r == ')' })
	if end < 0 {
		end = len(s)
	}
	w.text, s = s[:end], s[end:]
	if w.field == "" || w.field == "title" {
		w.or = !w.not && w.field == "" && (w.text == "OR" || w.text == "|")
		w.inner = strings.HasPrefix(w.text, "*")
		w.open = strings.HasSuffix(w.text, "*")
		w.text = strings.Trim(w.text, "*")
	}
	return w, s
}

func spaceAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}

// findable tells whether there is anything in a text that the index knows.
func findable(s string) bool {
	found := false
	runsOf(s, func(run) { found = true })
	return found
}

// IsEmpty tells of a text in which there is nothing to look for.
func (q Query) IsEmpty() bool { return len(q.Clauses)+len(q.Filters) == 0 }

// String says what was understood, in the words of Parse.
func (q Query) String() string {
	var list []string
	for _, c := range q.Clauses {
		arms := make([]string, len(c.Any))
		for i, t := range c.Any {
			arms[i] = t.String()
		}
		one := strings.Join(arms, " OR ")
		if c.Not {
			one = "-" + one
		}
		list = append(list, one)
	}
	for _, f := range q.Filters {
		one := f.Field + ":" + quoted(f.Value)
		if f.Not {
			one = "-" + one
		}
		list = append(list, one)
	}
	return strings.Join(list, " ")
}

// String writes a term as it could be typed.
func (t Term) String() string {
	s := quoted(t.Text)
	if t.Inner {
		s = "*" + s
	}
	if t.Open {
		s += "*"
	}
	if t.Title {
		s = "title:" + s
	}
	return s
}

// quoted puts a text into quotes where it would else be more than one word.
func quoted(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' }) {
		return `"` + s + `"`
	}
	return s
}

// Terms are the words and phrases that are wanted, for marking them in a text.
func (q Query) Terms() (list []Term) {
	for _, c := range q.Clauses {
		if !c.Not {
			list = append(list, c.Any...)
		}
	}
	return list
}
