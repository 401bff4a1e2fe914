package schema

import "strings"

// What a save takes. What an import keeps is as large as it was.
const (
	// MaxText is how many bytes one text or one JSON value of a record may have. Inline
	// contents are no such texts: they go into the directory of contents.
	MaxText = 16 << 20
	// MaxRecord is how many bytes all texts of a record may have together.
	MaxRecord = 64 << 20
	// MaxID is how many bytes the id of a record may have.
	MaxID = 1000
	// MaxDepth is how many levels of lists and objects a JSON value may have.
	MaxDepth = 1000
)

// size refuses a text that is too long, or JSON that is nested too deep.
func (c *checker) size(path, name, s string, isJSON bool) {
	c.bytes += len(s)
	switch {
	case name == "id" && path == "" && c.kind != "" && len(s) > MaxID:
		c.add(path+name, "has %d bytes, and an id has %d at most; shorten it", len(s), MaxID)
	case len(s) > MaxText:
		c.add(path+name, "has %d bytes, and one text has %d (%d MB) at most; keep it as a file and attach that", len(s), MaxText, MaxText>>20)
	case isJSON && deeperThan(s, MaxDepth):
		c.add(path+name, "is nested more than %d levels deep; flatten it", MaxDepth)
	}
}

// SizeProblem says what a save refuses in a JSON value by its size or depth, "" if nothing.
func SizeProblem(value JSON) string {
	c := checker{}
	if c.size("", "value", string(value), true); len(c.found) > 0 {
		return c.found[0].Problem
	}
	return ""
}

// whole refuses a record that is too large as a whole.
func (c *checker) whole() {
	if c.bytes > MaxRecord {
		c.add("record", "has %d bytes of text, and %d (%d MB) are the most; keep parts of it as files and attach those", c.bytes, MaxRecord, MaxRecord>>20)
	}
}

// deeperThan tells whether a JSON text has more levels of lists and objects.
func deeperThan(s string, most int) bool {
	if len(s) <= 2*most {
		return false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				n := strings.IndexAny(s[i:], `"\`)
				if n < 0 {
					return false
				}
				if i += n; s[i] == '"' {
					break
				}
				i++ // what is escaped
			}
		case '{', '[':
			if depth++; depth > most {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}
