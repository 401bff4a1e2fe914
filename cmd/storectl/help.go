package main

import (
	"strings"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// helpWidth is how wide help is, wherever it is shown.
const helpWidth = 80

// fitHelp breaks the help of all commands into lines that fit.
func fitHelp(root *cobra.Command) {
	everyCommand(root, func(cmd *cobra.Command) { cmd.Long = fitText(cmd.Long) })
	wrapped := strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 ")
	wrapped = strings.ReplaceAll(wrapped, `Use "{{.CommandPath}} [command] --help" for more information about a command.`, `{{.CommandPath}} COMMAND --help tells more.`)
	root.SetUsageTemplate(wrapped)
}

// fitText breaks the paragraphs of a text into lines that fit. Lines that begin with a space are of a list: they keep
// their place, and what is too long in one goes on below.
func fitText(text string) string {
	var out, paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			out = append(out, term.Wrap(strings.Join(paragraph, " "), helpWidth)...)
		}
		paragraph = nil
	}
	for _, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || line[0] == ' ':
			flush()
			out = append(out, fitLine(line)...)
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// fitLine breaks a line of a list, and begins the rest where the text of the first line does.
func fitLine(line string) []string {
	if term.TextWidth(line) <= helpWidth {
		return []string{line}
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	hang := indent
	if name := strings.Index(line[indent:], "  "); name >= 0 && indent+name < 30 {
		hang = indent + name + len(line[indent+name:]) - len(strings.TrimLeft(line[indent+name:], " "))
	}
	lines := term.Wrap(line[hang:], helpWidth-hang)
	for i := range lines {
		if i == 0 {
			lines[i] = line[:hang] + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", hang) + lines[i]
		}
	}
	return lines
}
