package term

import (
	"strings"
	"unicode/utf8"
)

// PlaceIn is the line and the column, counted in characters from 1, of a byte of a text.
func PlaceIn(text string, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}
