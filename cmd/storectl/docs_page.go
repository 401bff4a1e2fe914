package main

import (
	_ "embed"
	"fmt"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/legacy"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

// The pages about the command itself. Those about a package stand beside it.
var (
	//go:embed docs/commands.md
	commandsPage string
	//go:embed docs/elsewhere.md
	elsewherePage string
	//go:embed docs/sql.md
	sqlPage string
	//go:embed docs/store.md
	storePage string
	//go:embed docs/faq.md
	faqPage string
	//go:embed docs/web.md
	webPage string
)

// page is a page of the guide.
type page struct{ name, file, text string }

// pages are the guide, in the order in which a person needs it. file is where a page stands in the repository.
var pages = []page{
	{"commands", "cmd/storectl/docs/commands.md", commandsPage},
	{"web", "cmd/storectl/docs/web.md", webPage},
	{"import", "importexport/legacy/GUIDE.md", legacy.Guide},
	{"backups", "backup/GUIDE.md", backup.Guide},
	{"elsewhere", "cmd/storectl/docs/elsewhere.md", elsewherePage},
	{"contents", "repo/contents/GUIDE.md", contents.Guide},
	{"sql", "cmd/storectl/docs/sql.md", sqlPage},
	{"go", "repo/GUIDE.md", repo.Guide},
	{"store", "cmd/storectl/docs/store.md", storePage},
	{"faq", "cmd/storectl/docs/faq.md", faqPage},
}

// title is the headline of the page.
func (p page) title() string {
	line, _, _ := strings.Cut(p.text, "\n")
	return strings.TrimPrefix(line, "# ")
}

func completePage(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, p := range pages {
		names = append(names, cobra.CompletionWithDesc(p.name, p.title()))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// showPage prints a page of the guide, or which there are.
func (a *app) showPage(args []string) error {
	if len(args) == 0 {
		return a.listPages()
	}
	var names []string
	for _, p := range pages {
		if p.name == strings.ToLower(args[0]) {
			_, err := fmt.Fprint(a.Stdout, a.pageText(p.text))
			return err
		}
		names = append(names, p.name)
	}
	return misuse("pages: "+strings.Join(names, ", ")+"; also man and markdown", "docs: there is no page %q", args[0])
}

// listPages says which pages there are.
func (a *app) listPages() error {
	titles := make([]chosen, len(pages))
	for i, p := range pages {
		titles[i] = chosen{[]string{"page", "title"}, func(field string) any { return map[string]string{"page": p.name, "title": p.title()}[field] }}
	}
	return a.Print(term.Result{Name: "docs", Document: map[string]any{"pages": titles}, Columns: []term.Column{{Name: "page"}, {Name: "title"}},
		Rows: term.Each(titles, chosen.row),
		People: &term.Result{Text: func() error {
			for _, p := range pages {
				fmt.Fprintf(a.Stdout, "%-10s%s\n", p.name, p.title())
			}
			return nil
		}},
		Talk: func() {
			a.Hint("storectl docs PAGE prints a page; storectl docs man and storectl docs markdown write the manual of all commands")
		}})
}

// mostRead is how many columns a paragraph takes at most: wider ones are hard to read.
const mostRead = 100

// pageText is a page as it is shown: Markdown as it is written where no terminal sees it, else with its headlines set
// off, its blocks indented and its paragraphs fitted to the terminal.
func (a *app) pageText(text string) string {
	width := min(a.Width(), mostRead)
	if width == 0 {
		return text
	}
	var out strings.Builder
	var paragraph []string
	fenced := false
	for _, line := range strings.Split(text, "\n") {
		fence := strings.HasPrefix(line, "```")
		isText := !fence && !fenced && line != "" && !strings.ContainsAny(line[:1], "#|")
		if len(paragraph) > 0 && (!isText || strings.HasPrefix(line, "- ")) {
			out.WriteString(fitParagraph(strings.Join(paragraph, " "), width))
			paragraph = nil
		}
		switch {
		case fence:
			fenced = !fenced
		case isText:
			paragraph = append(paragraph, strings.TrimSpace(line))
		case fenced:
			out.WriteString("    " + line + "\n")
		case strings.HasPrefix(line, "#"):
			out.WriteString(a.Paint(a.Stdout, term.StyleHead, strings.TrimLeft(line, "# ")) + "\n")
		default:
			out.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// fitParagraph breaks a paragraph, or an item of a list, into lines.
func fitParagraph(text string, width int) string {
	if item, is := strings.CutPrefix(text, "- "); is {
		return "- " + strings.Join(term.Wrap(item, width-2), "\n  ") + "\n"
	}
	return strings.Join(term.Wrap(text, width), "\n") + "\n"
}
