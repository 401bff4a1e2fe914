package main

import (
	"strings"
	"testing"

	"taskstore/cmd/storectl/internal/term"
)

// TestPagesOnTerminal: on a terminal the paragraphs of a page fit, its blocks are indented, and its headlines stand out.
func TestPagesOnTerminal(t *testing.T) {
	for _, p := range pages {
		shown := onTerminal(t, 80, []string{"TERM=xterm"}, "docs", p.name)
		if !strings.Contains(shown, "\x1b[1m"+p.title()+"\x1b[0m") || strings.Contains(shown, "```") {
			t.Errorf("%s begins with %.200q", p.name, shown)
		}
		for _, line := range strings.Split(onTerminal(t, 80, []string{"TERM=xterm", "NO_COLOR=1"}, "docs", p.name), "\n") {
			if term.TextWidth(line) > 80 && !strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "|") {
				t.Errorf("%s: a line of %d columns: %s", p.name, term.TextWidth(line), line)
			}
		}
	}
}
