package sqlsh

import (
	"strings"
	"unicode/utf8"
)

// sqlToken is a piece of SQL text: a word, a quoted name or string, a number, a parameter, a comment or one character.
type sqlToken struct {
	kind       tokenKind
	start, end int
}

type tokenKind int

const (
	tokenWord tokenKind = iota
	tokenQuoted
	tokenParameter
	tokenComment
	tokenOther
)

// sqlTokens splits SQL text as SQLite's tokenizer does, spaces left out. An unclosed quote or comment reaches to the end.
func sqlTokens(sql string) []sqlToken {
	var tokens []sqlToken
	for at := 0; at < len(sql); {
		kind, end := nextToken(sql, at)
		if end > at && !isSpace(sql[at]) {
			tokens = append(tokens, sqlToken{kind, at, end})
		}
		at = max(end, at+1)
	}
	return tokens
}

func nextToken(sql string, at int) (tokenKind, int) {
	rest := sql[at:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "--"):
		return tokenComment, at + until(rest, "\n", 0)
	case strings.HasPrefix(rest, "/*"):
		return tokenComment, at + until(rest, "*/", 2)
	case c == '\'' || c == '"' || c == '`':
		return tokenQuoted, at + quotedEnd(rest, c)
	case c == '[':
		return tokenQuoted, at + until(rest, "]", 1)
	case c == '?':
		return tokenParameter, at + 1 + len(leading(rest[1:], isDigit))
	case (c == ':' || c == '@' || c == '$') && len(rest) > 1 && isNameByte(rest[1]):
		return tokenParameter, at + 1 + len(leading(rest[1:], isNameByte))
	case isNameByte(c):
		return tokenWord, at + len(leading(rest, isNameByte))
	}
	return tokenOther, at + 1
}

// until is where mark ends in text, looked for from a position on; the length of text if it does not occur.
func until(text, mark string, from int) int {
	i := strings.Index(text[min(from, len(text)):], mark)
	switch {
	case i < 0:
		return len(text)
	case mark == "\n":
		return from + i
	}
	return from + i + len(mark)
}

// quotedEnd is where a quoted text ends whose quotes are doubled inside.
func quotedEnd(text string, quote byte) int {
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isNameByte(c byte) bool {
	return c == '_' || c >= utf8.RuneSelf || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// sqlStatement is one statement of a text: where it stands, its words in capitals, its parameters as written.
type sqlStatement struct {
	start, end int // without the semicolon
	words      []string
	parameters []string
}

func (s sqlStatement) text(sql string) string { return sql[s.start:s.end] }

// splitSQL finds the statements of a text. A semicolon inside the body of a trigger does not end a statement.
func splitSQL(sql string) []sqlStatement {
	var statements []sqlStatement
	var current sqlStatement
	open := false
	body := triggerBody{}
	for _, token := range sqlTokens(sql) {
		if token.kind == tokenComment {
			continue
		}
		text := sql[token.start:token.end]
		if text == ";" && body.ends() {
			if open {
				statements = append(statements, current)
			}
			current, open, body = sqlStatement{}, false, triggerBody{}
			continue
		}
		if !open {
			current.start, open = token.start, true
		}
		current.end = token.end
		word := ""
		switch token.kind {
		case tokenWord:
			word = strings.ToUpper(text)
			current.words = append(current.words, word)
		case tokenParameter:
			current.parameters = append(current.parameters, text)
		}
		body.see(word, text, len(current.words))
	}
	if open {
		statements = append(statements, current)
	}
	return statements
}

// triggerBody follows CREATE TRIGGER … BEGIN …; END, the one statement that holds semicolons.
type triggerBody struct {
	create, trigger bool
	afterSemicolon  bool // the last token was a semicolon of the body
	end             bool // it was the END after one
}

func (b *triggerBody) see(word, text string, words int) {
	switch {
	case word == "CREATE" && (words == 1 || words == 2):
		b.create = true
	case word == "TRIGGER" && b.create && words <= 6:
		b.trigger = true
	}
	b.end = b.trigger && b.afterSemicolon && word == "END"
	b.afterSemicolon = text == ";"
}

func (b *triggerBody) ends() bool { return !b.trigger || b.end }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// leading is the longest beginning of text whose bytes all satisfy is.
func leading(text string, is func(byte) bool) string {
	n := 0
	for n < len(text) && is(text[n]) {
		n++
	}
	return text[:n]
}
