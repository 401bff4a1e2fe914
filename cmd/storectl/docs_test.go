package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// unroff is what a man page says, without what says how.
var unroff = strings.NewReplacer(`\fB`, "", `\fI`, "", `\fP`, "", `\fR`, "", `\-`, "-", `\&`, "", `\e`, `\`, `\(ga`, "`")

// TestManualHoldsEveryWord: man pages and Markdown hold each word of each help text, underscores, stars and what
// stands in angle brackets included.
func TestManualHoldsEveryWord(t *testing.T) {
	for _, form := range []string{"man", "markdown"} {
		manual := storectl(t, nil, "", "docs", form).stdout
		if form == "man" {
			manual = unroff.Replace(manual)
		} else {
			manual = strings.NewReplacer(`\_`, "_", `\*`, "*", "\\`", "`", `\<`, "<", `\[`, "[", `\\`, `\`).Replace(manual)
		}
		has := map[string]bool{}
		for _, word := range strings.Fields(manual) {
			has[word] = true
		}
		words := 0
		everyCommand(newApp(nil, &bytes.Buffer{}, &bytes.Buffer{}, nil).rootCommand(), func(cmd *cobra.Command) {
			if strings.Contains(cmd.CommandPath(), "completion") {
				return // cobra's own
			}
			for _, word := range strings.Fields(cmd.Long + " " + cmd.Short) {
				if words++; !has[word] {
					t.Errorf("%s: the %s manual of %s lacks it", word, form, cmd.CommandPath())
				}
			}
		})
		if words < 1000 {
			t.Errorf("only %d words", words)
		}
	}
}

// TestManPageReads: man shows the variables of the environment as they are.
func TestManPageReads(t *testing.T) {
	if _, err := exec.LookPath("nroff"); err != nil {
		t.Skip("no nroff here")
	}
	show := exec.Command("nroff", "-man", "-Tascii")
	show.Stdin = strings.NewReader(storectl(t, nil, "", "docs", "man").stdout)
	out, err := show.Output()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(out); !strings.Contains(text, "STORECTL_STORE") || !strings.Contains(text, "STORECTL_NO_COLOR") {
		t.Error("the man pages lack the names of variables")
	}
}
