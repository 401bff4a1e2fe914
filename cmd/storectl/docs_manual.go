package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manual is a form of the manual: a page for each command.
type manual struct {
	between, ending string // of the names of its files
	page            func(io.Writer, *cobra.Command)
}

// documented prepares the commands for the manual: nothing in it may depend on the machine that it is made on.
func documented(root *cobra.Command) *cobra.Command {
	root.InitDefaultHelpCmd()
	if store := root.PersistentFlags().Lookup("store"); store != nil {
		store.Usage = "the store's `DIR` (STORECTL_STORE; else the system's place for data)"
	}
	return root
}

// each makes the pages of all commands that people see.
func (m manual) each(root *cobra.Command, do func(name string, text []byte) error) (err error) {
	everyCommand(root, func(cmd *cobra.Command) {
		if err != nil || cmd.HasParent() && !cmd.IsAvailableCommand() {
			return
		}
		cmd.InitDefaultHelpFlag()
		var text bytes.Buffer
		m.page(&text, cmd)
		err = do(strings.ReplaceAll(cmd.CommandPath(), " ", m.between)+m.ending, text.Bytes())
	})
	return err
}

func (m manual) print(w io.Writer, root *cobra.Command) error {
	return m.each(root, func(_ string, text []byte) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

func (m manual) write(root *cobra.Command, dir string) error {
	return m.each(root, func(name string, text []byte) error { return os.WriteFile(filepath.Join(dir, name), text, 0o644) })
}

// flagGroups are the flags of a command, and those that it has of the commands above it.
func flagGroups(cmd *cobra.Command, own, inherited string, do func(title string, flags *pflag.FlagSet)) {
	if flags := cmd.NonInheritedFlags(); flags.HasAvailableFlags() {
		do(own, flags)
	}
	if flags := cmd.InheritedFlags(); flags.HasAvailableFlags() {
		do(inherited, flags)
	}
}

// related are the commands above and below a command.
func related(cmd *cobra.Command) (list []*cobra.Command) {
	if cmd.HasParent() {
		list = append(list, cmd.Parent())
	}
	return append(list, slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool { return !c.IsAvailableCommand() })...)
}

// partsOf takes a help text apart: lines of its lists begin with a space, or a tab, and stay as they are.
func partsOf(text string) (list []helpPart) {
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		is := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		last := len(list) - 1
		switch {
		case last >= 0 && (is == list[last].listed || line == "\n"):
			list[last].text += line
		default:
			list = append(list, helpPart{is, line})
		}
	}
	return list
}

type helpPart struct {
	listed bool
	text   string
}

// roff are characters that man pages take for signs.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'", "`", `\(ga`)

// roffOf writes a text for a man page. What is a paragraph of its own begins after an empty line.
func roffOf(text string) string {
	text = strings.TrimPrefix(roff.Replace("\n"+strings.TrimRight(text, "\n")), "\n")
	return strings.ReplaceAll(text, "\n\n", "\n.PP\n") + "\n"
}

func manPage(w io.Writer, cmd *cobra.Command, month string) {
	name := func(c *cobra.Command) string { return roff.Replace(strings.ReplaceAll(c.CommandPath(), " ", "-")) }
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	fmt.Fprintf(w, ".nh\n.TH \"STORECTL\" \"1\" %q \"storectl\" \"taskstore\"\n.SH NAME\n%s \\- %s.SH SYNOPSIS\n\\fB%s\\fP\n.SH DESCRIPTION\n", month, name(cmd), roffOf(cmd.Short), roff.Replace(cmd.UseLine()))
	for _, b := range partsOf(long) {
		if b.listed {
			fmt.Fprintf(w, ".PP\n.nf\n%s.fi\n.PP\n", roff.Replace(strings.TrimRight(b.text, "\n")+"\n"))
			continue
		}
		fmt.Fprint(w, roffOf(b.text))
	}
	flagGroups(cmd, "OPTIONS", "OPTIONS INHERITED FROM PARENT COMMANDS", func(title string, flags *pflag.FlagSet) {
		fmt.Fprintf(w, ".SH %s\n", title)
		flags.VisitAll(func(f *pflag.Flag) { manFlag(w, f) })
	})
	if cmd.Example != "" {
		fmt.Fprintf(w, ".SH EXAMPLE\n.nf\n%s\n.fi\n", roff.Replace(cmd.Example))
	}
	var also []string
	for _, c := range related(cmd) {
		also = append(also, `\fB`+name(c)+`(1)\fP`)
	}
	if len(also) > 0 {
		fmt.Fprintf(w, ".SH SEE ALSO\n%s\n", strings.Join(also, ", "))
	}
}

// manFlag tells of a flag: its names, what its value is called, what it does, and its value without it.
func manFlag(w io.Writer, f *pflag.Flag) {
	if f.Hidden || f.Deprecated != "" {
		return
	}
	fmt.Fprint(w, ".TP\n")
	if f.Shorthand != "" {
		fmt.Fprintf(w, `\fB\-%s\fP, `, f.Shorthand)
	}
	value, usage := pflag.UnquoteUsage(f)
	if value != "" {
		value = ` \fI` + roff.Replace(value) + `\fP`
	}
	if !slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
		usage += " (default " + f.DefValue + ")"
	}
	fmt.Fprintf(w, "\\fB\\-\\-%s\\fP%s\n%s", roff.Replace(f.Name), value, roffOf(usage))
}

// signs are characters that a help text means as they are, and Markdown takes for signs.
var signs = strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "`", "\\`", "<", `\<`, "[", `\[`)

func markdownPage(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "## %s\n\n%s\n\n", cmd.CommandPath(), signs.Replace(cmd.Short))
	if cmd.Long != "" {
		fmt.Fprint(w, "### Synopsis\n\n")
	}
	for _, b := range partsOf(cmd.Long) {
		if b.listed {
			fmt.Fprintf(w, "```\n%s\n```\n\n", strings.TrimRight(b.text, "\n"))
			continue
		}
		fmt.Fprintf(w, "%s\n\n", signs.Replace(strings.TrimSpace(b.text)))
	}
	if cmd.Runnable() {
		fmt.Fprintf(w, "```\n%s\n```\n\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(w, "### Examples\n\n```\n%s\n```\n\n", cmd.Example)
	}
	flagGroups(cmd, "Options", "Options inherited from parent commands", func(title string, flags *pflag.FlagSet) {
		fmt.Fprintf(w, "### %s\n\n```\n%s```\n\n", title, flags.FlagUsages())
	})
	if len(related(cmd)) > 0 {
		fmt.Fprint(w, "### See also\n\n")
	}
	for _, c := range related(cmd) {
		fmt.Fprintf(w, "* [%s](%s.md): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "_"), signs.Replace(c.Short))
	}
}
