package report

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// writeColumns writes rows whose columns stand below each other, numbers flush right.
func writeColumns(b *bytes.Buffer, indent string, right bool, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right {
				line += "  " + gap + cell
			} else {
				line += cell + gap + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
