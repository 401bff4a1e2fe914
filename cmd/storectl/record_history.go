package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"
	"taskstore/repo/history"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

const historyHelp = `Show who changed a record when, and what, the latest change first.

REV is the revision that the change made. A line without one is a version that an import kept (vN), or an item of a
long list, such as a screenshot, that was changed or removed. BY is program, import, foreign (an external write: another tool wrote into
the database), or what the command named. What an import kept shows where it was read, and in how many members it
differs from the record as it is now; its whole difference is in --json, or from storectl diff KIND ID vN REV. How many
revisions are not kept any more, because of a retention or by damage, is said below, and in --json.`

func (a *app) historyCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:               "history KIND ID",
		Short:             "Show who changed a record when, and what",
		Long:              historyHelp,
		Example:           "  storectl history note n1\n  storectl history retention 1y",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRecord,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return misuse("0 is all", "history: --limit %d is less than nothing", limit)
			}
			return a.history(cmd.Context(), args[0], args[1], limit)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "at most `N` changes; 0 is all")
	cmd.AddCommand(a.retentionCommand())
	return cmd
}

func (a *app) history(ctx context.Context, name, id string, limit int) (err error) {
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		if id, err = idOf(ctx, store, k, id); err != nil {
			return err
		}
		list, err := k.In(&store.Repos).Changes(ctx, id)
		if err != nil {
			return noHistory(err, k, id)
		}
		counts, err := store.History.Counted(ctx, k.Name, id)
		if err != nil {
			return err
		}
		total := len(list)
		if limit > 0 && total > limit {
			list = list[:limit]
		}
		err = a.printHistory(struct {
			Kind  string        `json:"kind"`
			ID    string        `json:"id"`
			Items []repo.Change `json:"items"`
			Total int           `json:"total"`
			history.Counted
		}{k.Plural, id, withFields(list), total, counts}, list, func() {
			if total > len(list) {
				a.Say("%s not shown; --limit 0 shows all", counted(total-len(list), "older change"))
			}
			a.sayGone(k, id, counts)
		})
		if err != nil {
			return fmt.Errorf("history: print: %w", err)
		}
		return nil
	})
}

// sayGone says which revisions a history does not show because they are not there any more.
func (a *app) sayGone(k repo.Kind, id string, c history.Counted) {
	if c.Pruned > 0 {
		a.Say("%s %s removed by retention: what had ended by %s", counted(int(c.Pruned), "older revision"), verb(c.Pruned, "was", "were"), c.PrunedTo)
	}
	if c.Missing > 0 {
		a.Say("%s of %s %s %s missing (damaged)", counted(int(c.Missing), "revision"), k.Name, term.Visible(id), verb(c.Missing, "is", "are"))
	}
}

func verb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// withFields makes lists that JSON shows as [] of those that are nil.
func withFields(list []repo.Change) []repo.Change {
	for i := range list {
		list[i].Fields = orEmpty(list[i].Fields)
	}
	return orEmpty(list)
}

// noHistory says what can be done about a record or a revision that is not there.
func noHistory(err error, k repo.Kind, id string) error {
	var purged *repo.PurgedError
	switch {
	case errors.As(err, &purged):
		return &term.Failure{Kind: "purged", Exit: exitFailed, Message: purged.Error(), Err: err,
			Hint: "a backup or an export from before then may still have it"}
	case errors.Is(err, repo.ErrNotFound) && strings.Contains(err.Error(), "is not kept"):
		return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: err.Error(), Err: err,
			Hint: fmt.Sprintf("storectl history %s %s shows them", k.Name, shell.Quote(id))}
	}
	return notFound(err, k, id)
}

func (a *app) printHistory(document any, list []repo.Change, talk func()) error {
	columns := []term.Column{{Name: "rev", Right: true}, {Name: "at", Title: "when", Fixed: true, Time: true},
		{Name: "origin", Title: "by", Fixed: true, Style: term.Styled(map[string]term.Style{"foreign": term.StyleWarn, "import": term.StyleGood})},
		{Name: "change", Fixed: true, Style: term.Styled(map[string]term.Style{"delete": term.StyleWarn, "purge": term.StyleWarn, "repair": term.StyleWarn})},
		{Name: "what", Wide: true}, {Name: "key", Right: true, Data: true}}
	return a.Print(term.Result{Name: "history", Document: document, Talk: talk,
		Columns: columns,
		Rows: term.Each(list, func(c repo.Change) []any {
			return []any{revText(c), stampOrNil(c.At), textOrNil(c.Origin), c.Change, changeText(c), c.Key}
		})})
}

func revText(c repo.Change) any {
	switch {
	case c.Rev > 0:
		return c.Rev
	case c.Key > 0:
		return repo.RevName{Key: c.Key}.String()
	}
	return nil
}

func stampOrNil(t schema.Time) any {
	if t == "" {
		return nil
	}
	return term.Stamp(t)
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// changeText says in one line what a change was.
func changeText(c repo.Change) string {
	var parts []string
	if c.Damaged {
		parts = append(parts, "DAMAGED, differs from its checksum")
	}
	switch {
	case c.Source != "":
		parts = append(parts, "from "+c.Source)
	case c.Item != "":
		parts = append(parts, strings.ReplaceAll(c.Part, "_", " ")+" "+c.Item)
	}
	switch {
	case c.Change == "merge" && len(c.Fields) == 0:
		parts = append(parts, "as it is now")
	case c.Change == "merge":
		parts = append(parts, "differs in "+fieldNames(c.Fields))
	case c.Item != "" && c.Change == "delete":
	case len(c.Fields) > 0:
		parts = append(parts, fieldTexts(c.Fields))
	}
	return strings.Join(parts, ": ")
}

func fieldNames(fields []schema.FieldChange) string {
	var names []string
	seen := map[string]bool{}
	for _, f := range fields {
		name, _, _ := strings.Cut(f.Path, "/")
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// fieldTexts shows differences one after the other.
func fieldTexts(fields []schema.FieldChange) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = fieldText(f)
	}
	return strings.Join(texts, "; ")
}
