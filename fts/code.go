package fts

import (
	"strconv"
	"strings"
)

// codeMark stands for a piece of code, with its number, while the text around it loses its marks. FTS5 takes
// it for a letter; a text that has it already is taken as if it had no code.
const codeMark = "\ue003"

// aroundCode has fn change a text in Markdown but what is code in it, which stays as it was written: between
// backticks, and between fences.
func aroundCode(s string, fn func(string) string) string {
	if strings.Contains(s, codeMark) {
		return fn(s)
	}
	var rest strings.Builder
	var pieces []string
	for s != "" {
		from, to, code := nextCode(s)
		rest.WriteString(s[:from])
		if s = s[to:]; code != "" {
			rest.WriteString(codeMark + strconv.Itoa(len(pieces)) + codeMark)
			pieces = append(pieces, code)
		}
	}
	if len(pieces) == 0 {
		return fn(rest.String())
	}
	return withCode(fn(rest.String()), pieces)
}

// withCode puts pieces of code back.
func withCode(s string, pieces []string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, codeMark)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		number, after, _ := strings.Cut(rest, codeMark)
		if i, err := strconv.Atoi(number); err == nil && i < len(pieces) {
			b.WriteString(pieces[i])
		}
		s = after
	}
}

// nextCode finds the first piece of code: it stands from from to to, and says code. Without one from and to
// are the end.
func nextCode(s string) (from, to int, code string) {
	for i := 0; i < len(s); {
		n := strings.IndexAny(s[i:], "`~")
		if n < 0 {
			break
		}
		i += n
		size := runLength(s[i:])
		if size >= 3 && startsLine(s[:i]) {
			if end, text, ok := fenced(s[i:], size); ok {
				return i, i + end, text
			}
		}
		if s[i] == '`' {
			if end := closing(s[i+size:], size); end >= 0 {
				return i, i + size + end + size, s[i+size : i+size+end]
			}
		}
		i += size
	}
	return len(s), len(s), ""
}

// runLength is how many bytes of the same kind a text begins with.
func runLength(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// startsLine tells whether nothing but a little white space stands before, in its line.
func startsLine(before string) bool {
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return len(line) <= 3 && strings.Trim(line, " ") == ""
}

// fenced reads a block that begins with a fence of some size. What stands beside the fence is a part of the
// text; a block that is not closed goes to the end.
func fenced(s string, size int) (end int, text string, ok bool) {
	line, _, _ := strings.Cut(s[size:], "\n")
	if s[0] == '`' && strings.IndexByte(line, '`') >= 0 {
		return 0, "", false
	}
	for at := size + len(line) + 1; at < len(s); {
		next, _, _ := strings.Cut(s[at:], "\n")
		mark := strings.TrimLeft(next, " ")
		if len(next)-len(mark) <= 3 && mark != "" && mark[0] == s[0] && runLength(mark) >= size && strings.TrimSpace(mark[runLength(mark):]) == "" {
			return at + len(next), s[size:at], true
		}
		at += len(next) + 1
	}
	return len(s), s[size:], true
}

// mostInline is how long a piece of code within a line can be, in bytes.
const mostInline = 4096

// closing finds backticks, as many as have opened a piece of code, in the same paragraph.
func closing(s string, size int) int {
	s = s[:min(len(s), mostInline)]
	if i := strings.Index(s, "\n\n"); i >= 0 {
		s = s[:i]
	}
	for i := 0; i < len(s); {
		n := strings.IndexByte(s[i:], '`')
		if n < 0 {
			return -1
		}
		i += n
		run := runLength(s[i:])
		if run == size && i+run < mostInline {
			return i
		}
		i += run
	}
	return -1
}
