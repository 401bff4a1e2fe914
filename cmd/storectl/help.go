package main

import (
	"bytes"
	"io"
	"strings"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// helpWidth is how wide help is, wherever it is shown.
const helpWidth = 80

// fitHelp breaks the help of all commands into lines that fit. cobra's own way to it, a template, would double the work
// of the linker and make the program a quarter larger.
func fitHelp(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) { // here, and not at each start of the program
		cmd.Long = fitText(cmd.Long)
		help(cmd, args)
	})
	usage := (&cobra.Command{}).UsageFunc()
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		var text bytes.Buffer
		out := cmd.OutOrStderr()
		cmd.SetOut(&text)
		err := usage(cmd)
		cmd.SetOut(out)
		for _, line := range strings.SplitAfter(text.String(), "\n") {
			if err == nil && line != "" {
				_, err = io.WriteString(out, strings.Join(fitUsage(strings.TrimSuffix(line, "\n")), "\n")+"\n")
			}
		}
		return err
	})
}

// fitUsage breaks a line of a usage. Commands that are shown as examples stay whole.
func fitUsage(line string) []string {
	if rest, found := strings.CutPrefix(line, `Use "`); found {
		name, _, _ := strings.Cut(rest, " [command]")
		return []string{name + " COMMAND --help tells more."}
	}
	if strings.HasPrefix(line, "  storectl ") || strings.HasPrefix(line, "  echo ") {
		return []string{line}
	}
	return fitLine(line)
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
	if name := strings.Index(line[indent:], "  "); name >= 0 && indent+name < 50 {
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
