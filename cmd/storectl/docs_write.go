package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) docsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "docs [PAGE]",
		Short: "Print a page of the guide, or write the manual",
		Long: `Print a page of the guide: how things are done, with commands to copy. Without PAGE, list the pages. The
commands man and markdown write the manual of all commands.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completePage,
		RunE:              func(_ *cobra.Command, args []string) error { return a.showPage(args) },
	}
	month := a.Now().Format("Jan 2006")
	cmd.AddCommand(a.docsForm("man", "man pages, section 1", manual{"-", ".1", func(w io.Writer, cmd *cobra.Command) { manPage(w, cmd, month) }}),
		a.docsForm("markdown", "Markdown, a file for each command", manual{"_", ".md", markdownPage}))
	return cmd
}

func (a *app) docsForm(name, what string, m manual) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   name + " [DIR]",
		Short: "Write the manual as " + what,
		Long: "Write the manual as " + what + `, into DIR, which is made if it is not there. Without DIR the whole manual is printed,
one command after the other.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := documented(cmd.Root())
			if len(args) == 0 {
				return m.print(a.Stdout, root)
			}
			return a.writeManual(root, args[0], dryRun, m)
		},
	}
	dryRunFlag(cmd, &dryRun, "only say what would be written")
	return cmd
}

func (a *app) writeManual(root *cobra.Command, dir string, dryRun bool, m manual) error {
	if dryRun {
		a.Say("would write the manual into %s", dir)
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	if err := m.write(root, dir); err != nil {
		return fmt.Errorf("docs: write into %s: %w", dir, err)
	}
	a.Say("the manual is in %s", dir)
	return nil
}
