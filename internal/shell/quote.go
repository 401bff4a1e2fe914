// Package shell writes commands that a person can copy into a POSIX shell, for whatever gives one as an answer. It runs
// nothing.
package shell

import "strings"

// Quote writes a word so that a shell takes it as one.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r == '/' || r == '.' || r == '-' || r == '_' || r == ':' || r == '+' || r == '@' || r == '%' ||
			'0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
