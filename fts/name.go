package fts

import (
	"strconv"
	"strings"
)

// Who types the name of a record looks for that record: it comes first, however often others have the words.
// So that it is found among any number of those, the index has a term for what each record is called.

// mostName is how long a name can be that somebody types as a whole, in bytes.
const mostName = 256

// foldName writes a name so that it equals what somebody types for it: its words, with their signs, without
// case and accents. "" is none.
func foldName(s string) string {
	if len(s) > mostName {
		return ""
	}
	var words []string
	runsOf(s, func(r run) {
		switch sign := signTerm(s, r); {
		case sign != "":
			words = append(words, strings.ToLower(sign))
		case r.class == letter:
			words = append(words, foldWord(s[r.from:r.to]))
		default:
			words = append(words, string(base(s[r.from:r.to])))
		}
	})
	return strings.Join(words, " ")
}

// nameOf is what a list calls the entity whose own text r is: its title, or what a note without one says.
func nameOf(r *Row) string {
	if r.Title != "" {
		return r.Title
	}
	if s := fieldOf(r, "summary"); s != "" {
		return s
	}
	return fieldOf(r, "content")
}

// fieldOf gives a field of an entity's own text.
func fieldOf(r *Row, name string) string {
	fields := strings.Fields(r.Part)
	for i, f := range fields {
		if at, ok := fieldStart(f, name); ok {
			end := len(r.Body)
			if i+1 < len(fields) {
				if next, ok := fieldStart(fields[i+1], ""); ok {
					end = next - 1
				}
			}
			return r.Body[at:max(at, min(end, len(r.Body)))]
		}
	}
	return ""
}

// fieldStart reads where a field begins, if it is the one of a name; "" is any.
func fieldStart(field, name string) (int, bool) {
	i := strings.LastIndexByte(field, '@')
	if i < 0 || name != "" && field[:i] != name {
		return 0, false
	}
	at, err := strconv.Atoi(field[i+1:])
	return at, err == nil && at >= 0
}

// First is what comes before all that is only relevant.
type First struct {
	Named  Match // is called as the question says; "" is nothing
	Signed Match // has the words with the signs that were typed: C++
}

// First gives what comes first of all texts that match. The texts that it finds need not match.
func (q Query) First() (f First) {
	var texts, signed []string
	named := true
	for _, c := range q.Clauses {
		if c.Not {
			continue
		}
		for _, t := range c.Any {
			texts = append(texts, t.Text)
			named = named && len(c.Any) == 1 && !t.Open && !t.Inner
			for _, s := range signTerms(t.Text) {
				signed = append(signed, Quote(s))
			}
		}
	}
	if name := foldName(strings.Join(texts, " ")); named && name != "" {
		f.Named = "kind : " + Match(Quote(hashTerm(nameLabel, name)))
	}
	if len(signed) > 0 {
		f.Signed = columnsParts + "(" + Match(strings.Join(signed, " AND ")) + ")"
	}
	return f
}

// And finds what both find.
func (m Match) And(other Match) Match { return "(" + m + ") AND (" + other + ")" }
