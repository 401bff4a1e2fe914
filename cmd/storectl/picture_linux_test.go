package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/term"
)

// picture is what README shows first.
const picture = "docs/terminal.svg"

// pictured are the commands of the picture: those of the README's first command, and a search.
var pictured = []string{
	"storectl legacy import importexport/legacy/testdata/sample | head -2",
	"storectl status",
	"storectl list sessions",
	"storectl search lighthouse --kinds sessions",
}

// TestPicture makes the README's picture of what storectl prints on a terminal of 80 columns, and wants it to be the one that is
// kept. go test ./cmd/storectl -run TestPicture -update writes it anew.
func TestPicture(t *testing.T) {
	zone := time.Local
	time.Local = time.UTC
	defer func() { time.Local = zone }()
	file, err := filepath.Abs(picture)
	if err != nil {
		t.Fatal(err)
	}
	work := tourPlace(t)
	t.Chdir(work)
	var shown strings.Builder
	for _, line := range pictured {
		shown.WriteString("\x1b[32m$\x1b[0m \x1b[1m" + line + "\x1b[0m\n" + typed(t, line) + "\n")
	}
	drawn := drawTerminal(strings.TrimSpace(strings.ReplaceAll(shown.String(), work, "/home/ada/taskstore")), 80)
	if *updateScreens {
		if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if steady("-", string(kept)) != steady("-", drawn) {
		t.Errorf("%s is not what storectl prints today: go test ./cmd/storectl -run TestPicture -update, and look at it", picture)
	}
}

// typed is what a terminal of 80 columns shows of a command, the output of which may go through head.
func typed(t *testing.T, line string) string {
	t.Helper()
	command, head, piped := strings.Cut(line, " | head -")
	tty, finish := terminal(t, 80)
	var pipe bytes.Buffer
	stdout := io.Writer(tty)
	if piped {
		stdout = &pipe
	}
	a := newApp(strings.NewReader(""), stdout, tty, []string{"TERM=xterm", "STORECTL_STORE=demo", "STORECTL_NO_PROGRESS=true"})
	later := time.Now().Add(90 * time.Minute).UTC() // so that what was done just now is always an hour ago
	a.Now = func() time.Time { return later }
	code := a.run(t.Context(), strings.Fields(command)[1:])
	out := finish()
	if code != exitDone {
		t.Fatalf("%s: exit %d, %s", line, code, out)
	}
	if piped {
		n, err := strconv.Atoi(head)
		if err != nil {
			t.Fatal(err)
		}
		out += strings.Join(strings.SplitAfter(pipe.String(), "\n")[:n], "")
	}
	return out
}

// The measures of a character, and the colours of the picture. It has a ground of its own, so that it reads on light
// and on dark pages.
const (
	charWidth, lineHeight, margin = 8.4, 19.0, 16.0

	pictureStyle = `
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #dce1e8 }
  .head { font-weight: 600; fill: #ffffff }
  .dim { fill: #929bab }
  .error { font-weight: 600; fill: #ff8a80 }
  .good { fill: #7fd694 }
  .warn { fill: #e8c664 }
`
)

var (
	pieces        = regexp.MustCompile(`\S+(?: \S+)*`) // between gaps of two spaces and more
	styled        = regexp.MustCompile(`\x1b\[([0-9;]*)m`)
	pictureStyles = map[string]string{"1": "head", "2": "dim", "1;31": "error", "32": "good", "33": "warn"}
)

// drawTerminal makes a picture of what a terminal shows. Each piece of one style without a gap is put at its column and
// stretched to its width, so that the columns of a table stand straight in whatever font there is.
func drawTerminal(shown string, columns int) string {
	lines := strings.Split(shown, "\n")
	width, height := float64(columns)*charWidth+2*margin, float64(len(lines))*lineHeight+2*margin
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`, width, height, width, height)
	fmt.Fprintf(&out, "\n<style>%s</style>\n"+`<rect width="100%%" height="100%%" rx="8" fill="#1c2029"/>`+"\n", pictureStyle)
	for i, line := range lines {
		drawLine(&out, line, margin+(float64(i)+0.75)*lineHeight)
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// drawLine draws a line piece by piece.
func drawLine(out *strings.Builder, line string, y float64) {
	column, class := 0, ""
	for line != "" {
		piece, sign := line, []int{len(line), len(line), len(line), len(line)}
		if at := styled.FindStringSubmatchIndex(line); at != nil {
			piece, sign = line[:at[0]], at
		}
		for _, at := range pieces.FindAllStringIndex(piece, -1) {
			text := piece[at[0]:at[1]]
			x := margin + float64(column+term.TextWidth(piece[:at[0]]))*charWidth
			fmt.Fprintf(out, `<text x="%.1f" y="%.1f" textLength="%.1f"`, x, y, float64(term.TextWidth(text))*charWidth)
			if class != "" {
				fmt.Fprintf(out, ` class="%s"`, class)
			}
			fmt.Fprintf(out, ">%s</text>\n", html.EscapeString(text))
		}
		column += term.TextWidth(piece)
		class = pictureStyles[line[sign[2]:sign[3]]]
		line = line[sign[1]:]
	}
}
