package term

import (
	"bytes"
	"encoding/json"
	"strings"
)

// mostIndent is from how many levels on JSON is not indented further: the white space before the lines of a value
// that is thousands of levels deep would be hundreds of megabytes.
const mostIndent = 50

// indentJSON writes a JSON text with two spaces a level, as json.Indent does.
func indentJSON(out *bytes.Buffer, text []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	rest, depth := compact.Bytes(), 0
	line := func() { out.WriteString("\n" + strings.Repeat("  ", min(depth, mostIndent))) }
	for len(rest) > 0 {
		n := 1
		switch c := rest[0]; c {
		case '"':
			n = stringLength(rest)
			out.Write(rest[:n])
		case '{', '[':
			out.WriteByte(c)
			if rest[1] == c+2 { // its end: ASCII has both two apart
				out.WriteByte(rest[1])
				n = 2
				break
			}
			depth++
			line()
		case '}', ']':
			depth--
			line()
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			line()
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
		rest = rest[n:]
	}
	return nil
}

// stringLength is how many bytes the JSON string has that a text begins with, its quotes included.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
