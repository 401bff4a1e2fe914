package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"taskstore/internal/durable"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
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
	cmd.AddCommand(a.docsForm("man", "man pages, section 1", func(root *cobra.Command, dir string) error {
		now := a.Now()
		return doc.GenManTree(root, &doc.GenManHeader{Title: "STORECTL", Section: "1", Source: "storectl", Manual: "taskstore", Date: &now}, dir)
	}), a.docsForm("markdown", "Markdown, a file for each command", doc.GenMarkdownTree))
	return cmd
}

func (a *app) docsForm(name, what string, write func(*cobra.Command, string) error) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   name + " [DIR]",
		Short: "Write the manual as " + what,
		Long: "Write the manual as " + what + `, into DIR, which is made if it is not there. Without DIR the whole manual is printed,
one command after the other.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := a.documented(cmd.Root(), name == "man")
			if len(args) == 0 {
				return a.printManual(root, write)
			}
			return a.writeManual(root, args[0], dryRun, write)
		},
	}
	dryRunFlag(cmd, &dryRun, "only say what would be written")
	return cmd
}

func (a *app) printManual(root *cobra.Command, write func(*cobra.Command, string) error) (err error) {
	dir, err := durable.TempDir("", "storectl-docs-*")
	if err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := write(root, dir); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil {
			_, err = a.Stdout.Write(append(bytes.TrimRight(text, "\n"), '\n', '\n'))
		}
		if err != nil {
			return fmt.Errorf("docs: %w", err)
		}
	}
	return nil
}

func (a *app) writeManual(root *cobra.Command, dir string, dryRun bool, write func(*cobra.Command, string) error) error {
	if dryRun {
		a.Say("would write the manual into %s", dir)
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	if err := write(root, dir); err != nil {
		return fmt.Errorf("docs: write into %s: %w", dir, err)
	}
	a.Say("the manual is in %s", dir)
	return nil
}
