package fts

import (
	"strings"
	"unicode/utf8"
)

// Signs beside a word are no part of it: C++ is found by c, and c is found by C++. So that those who type the
// sign see first what has it, a text that has one holds a term for the word with its signs.

// signMark stands in such a term around the word, and before the letters that stand for the signs.
const signMark = "\ue002"

// signs are those that may stand before or after a word, and the letters for them.
var signs = [utf8.RuneSelf]byte{'+': 'p', '#': 'h', '.': 'd', '@': 'a', '$': 's', '%': 'c'}

const (
	signsBefore = ".#@$"
	signsAfter  = "+#%"
	mostSigns   = 3
	mostSigned  = 32 // bytes of a word
)

// signTerm gives the term for a word of s with the signs that it has; "" without any.
func signTerm(s string, r run) string {
	from, to := signsOf(s, r)
	if r.class != letter || from == r.from && to == r.to || r.to-r.from > mostSigned {
		return ""
	}
	var b strings.Builder
	for _, part := range []string{s[from:r.from], s[r.from:r.to], s[r.to:to]} {
		for i := range len(part) {
			if c := part[i]; c < utf8.RuneSelf && signs[c] != 0 {
				b.WriteByte(signs[c])
			} else {
				b.WriteByte(c)
			}
		}
		b.WriteString(signMark)
	}
	return signMark + b.String()
}

// signsOf gives a word with the signs that belong to it: one before it, which nothing but space or a bracket
// stands before, or some after it, before the word ends.
func signsOf(s string, r run) (from, to int) {
	from, to = r.from, r.to
	if from > 0 && strings.IndexByte(signsBefore, s[from-1]) >= 0 && (from == 1 || strings.IndexByte(" \t\n([{\"'", s[from-2]) >= 0) {
		from--
	}
	for to < len(s) && to-r.to < mostSigns && strings.IndexByte(signsAfter, s[to]) >= 0 {
		to++
	}
	if to < len(s) && (s[to] >= utf8.RuneSelf || isAlnum(s[to]) || signs[s[to]] != 0 && s[to] != '.') {
		to = r.to
	}
	return from, to
}

// touchesWord tells whether a sign at i may be one of a word before or after it.
func touchesWord(s string, i int) bool {
	if strings.IndexByte(signsAfter, s[i]) >= 0 && i > 0 && isAlnum(s[i-1]) {
		return true
	}
	return strings.IndexByte(signsBefore, s[i]) >= 0 && i+1 < len(s) && isAlnum(s[i+1]) && (i == 0 || !isAlnum(s[i-1]))
}

// signTerms are the terms of all words of a text with their signs.
func signTerms(s string) (list []string) {
	runsOf(s, func(r run) {
		if t := signTerm(s, r); t != "" {
			list = append(list, t)
		}
	})
	return list
}
