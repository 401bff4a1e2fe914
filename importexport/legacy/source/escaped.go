package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A file of the source is known by a name that is valid UTF-8, whatever bytes the
// system has: a report, an id and a table hold nothing else, and two files must not
// become one there. Bytes that are not UTF-8 are written as \xNN, and so is a backslash
// that would look like the beginning of such an escape; all other names stay what they
// are. Names are never normalised: two that only look the same are two files.

const lowerHex = "0123456789abcdef"

// EscapedName is the name under which a path with slashes is known.
func EscapedName(path string) string {
	if utf8.ValidString(path) && !strings.Contains(path, `\x`) {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); {
		r, size := utf8.DecodeRuneInString(path[i:])
		_, looks := escapedByte(path[i:])
		if r == utf8.RuneError && size == 1 || looks {
			fmt.Fprintf(&b, `\x%02x`, path[i])
		} else {
			b.WriteString(path[i : i+size])
		}
		i += size
	}
	return b.String()
}

// pathOfName is the path that is known under a name.
func pathOfName(name string) string {
	if !strings.Contains(name, `\x`) {
		return name
	}
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); {
		if c, ok := escapedByte(name[i:]); ok {
			b = append(b, c)
			i += len(`\xNN`)
			continue
		}
		b = append(b, name[i])
		i++
	}
	return string(b)
}

// escapedByte reads the escape with which a text begins, if it does.
func escapedByte(text string) (c byte, ok bool) {
	if len(text) < 4 || text[0] != '\\' || text[1] != 'x' {
		return 0, false
	}
	high, low := strings.IndexByte(lowerHex, text[2]), strings.IndexByte(lowerHex, text[3])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

// ShownPath is a path of the system's for people and reports: as it is, unless it holds
// bytes that are not UTF-8.
func ShownPath(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return EscapedName(path)
}
