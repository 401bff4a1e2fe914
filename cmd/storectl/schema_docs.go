package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

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
				return a.Document("schema", map[string]any{"tables": orEmpty(tables)})
			}
			_, err = a.Stdout.Write(dictionary(tables))
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
