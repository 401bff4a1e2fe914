package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Characters that a help text means as they are, and Markdown takes for signs. In the text of a flag the name of its
// value stands between backquotes.
var (
	signsOfText  = strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "`", "\\`", "<", `\<`, "[", `\[`)
	signsOfUsage = strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "<", `\<`, "[", `\[`)
)

// documented prepares the commands for the manual: nothing in it may depend on the machine that it is made on, and
// cobra makes man pages and Markdown of Markdown, which the texts of our help are not.
func (a *app) documented(root *cobra.Command, man bool) *cobra.Command {
	root.DisableAutoGenTag = true
	root.InitDefaultHelpFlag()
	if store := root.PersistentFlags().Lookup("store"); store != nil {
		store.Usage = "the store's `DIR` (STORECTL_STORE; else the system's place for data)"
	}
	usage := func(f *pflag.Flag) { f.Usage = signsOfUsage.Replace(f.Usage) }
	everyCommand(root, func(cmd *cobra.Command) {
		cmd.Short = signsOfText.Replace(cmd.Short)
		if cmd.Parent() == nil || cmd.Parent().Name() != "completion" { // cobra writes those as Markdown
			cmd.Long = markdownOf(cmd.Long)
		}
		if man { // in Markdown they stand in blocks
			cmd.LocalNonPersistentFlags().VisitAll(usage)
		}
	})
	if man {
		root.PersistentFlags().VisitAll(usage)
	}
	return root
}

// markdownOf writes a help text as Markdown. Its lists, whose lines begin with a space, become blocks that stay as they
// are.
func markdownOf(text string) string {
	var out strings.Builder
	listed := false
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		is := strings.HasPrefix(line, " ") || listed && line == ""
		if is != listed {
			out.WriteString("\n")
		}
		if listed = is; listed && line != "" {
			out.WriteString("    " + line + "\n")
		} else {
			out.WriteString(signsOfText.Replace(line) + "\n")
		}
	}
	return strings.TrimSpace(out.String())
}
