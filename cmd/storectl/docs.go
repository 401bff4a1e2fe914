package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"taskstore/internal/durable"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) docsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "docs", Short: "Write the manual: man pages or Markdown"}
	cmd.AddCommand(a.docsForm("man", "man pages, section 1", func(root *cobra.Command, dir string) error {
		now := a.now()
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
			root := a.documented(cmd.Root())
			if len(args) == 0 {
				return a.printManual(root, write)
			}
			return a.writeManual(root, args[0], dryRun, write)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be written")
	return cmd
}

// documented prepares the commands for the manual: nothing in it may depend on
// the machine that it is made on.
func (a *app) documented(root *cobra.Command) *cobra.Command {
	root.DisableAutoGenTag = true
	root.InitDefaultHelpFlag()
	if store := root.PersistentFlags().Lookup("store"); store != nil {
		store.Usage = "the store's `DIR` (STORECTL_STORE; else the system's place for data)"
	}
	return root
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
			_, err = a.stdout.Write(append(bytes.TrimRight(text, "\n"), '\n', '\n'))
		}
		if err != nil {
			return fmt.Errorf("docs: %w", err)
		}
	}
	return nil
}

func (a *app) writeManual(root *cobra.Command, dir string, dryRun bool, write func(*cobra.Command, string) error) error {
	if dryRun {
		a.say("would write the manual into %s", dir)
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	if err := write(root, dir); err != nil {
		return fmt.Errorf("docs: write into %s: %w", dir, err)
	}
	a.say("the manual is in %s", dir)
	return nil
}

func (a *app) schemaDocsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "docs",
		Short: "Print the data dictionary as Markdown",
		Long: `Print the data dictionary as Markdown: each table and view with its columns, read from the comments in the DDL of
the store.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tables, err := a.readSchema(cmd.Context())
			if err != nil {
				return err
			}
			if a.wantsJSON() {
				return a.document("schema", map[string]any{"tables": orEmpty(tables)})
			}
			_, err = a.stdout.Write(dictionary(tables))
			return err
		},
	}
}

// dictionary is the data dictionary as Markdown.
func dictionary(tables []tableInfo) []byte {
	var out bytes.Buffer
	out.WriteString("# Data dictionary\n\nTimes are UTC text, `2006-01-02T15:04:05.000Z`; structures are JSON text.\n")
	for _, t := range tables {
		fmt.Fprintf(&out, "\n## %s\n", t.Name)
		if t.Comment != "" {
			fmt.Fprintf(&out, "\n%s (%s)\n", sentence(t.Comment), t.Type)
		}
		out.WriteString("\n| column | type | meaning |\n|---|---|---|\n")
		for _, c := range t.Columns {
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", c.Name, markdownCell(c.kind()), markdownCell(c.meaning()))
		}
	}
	return out.Bytes()
}

// kind is the type of a column in short.
func (c columnInfo) kind() string {
	text := c.Type
	if c.Key > 0 {
		text += " key"
	} else if c.NotNull {
		text += " not null"
	}
	return strings.TrimSpace(text)
}

func (c columnInfo) meaning() string {
	text := c.Comment
	if c.References != "" {
		text = joinText(text, "→ "+c.References)
	}
	return text
}

// sentence makes a sentence of a comment.
func sentence(text string) string {
	text = strings.ToUpper(text[:1]) + text[1:]
	return strings.TrimSuffix(text, ".") + "."
}

func markdownCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

// completeTable offers the tables and views.
func (a *app) completeTable(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.tableOffers(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) tableOffers(ctx context.Context) (offers []cobra.Completion) {
	tables, err := a.readSchema(ctx)
	if err != nil {
		return nil
	}
	for _, t := range tables {
		offers = append(offers, cobra.CompletionWithDesc(t.Name, cut(t.Comment, 60)))
	}
	return offers
}
