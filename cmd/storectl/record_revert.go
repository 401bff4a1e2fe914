package main

import (
	"context"
	"errors"
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

const revertHelp = `Make a record what it was at an earlier revision, or as a version that an import kept (vN of storectl history).

That is a new revision: the state that it takes the place of is kept, and can be reverted to. A record in the trash
comes back from it. Items of long lists that were changed or removed since are as they were again; those that were
added since stay.`

func (a *app) revertCommand() *cobra.Command {
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:               "revert KIND ID --to REV",
		Short:             "Make a record what it was at an earlier revision",
		Long:              revertHelp,
		Example:           "  storectl revert note n1 --to 3\n  storectl revert session s1 --to v17 --dry-run",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRecord,
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return misuse(fmt.Sprintf("storectl history %s %s shows the revisions", args[0], shell.Quote(args[1])), "revert: --to REV is missing")
			}
			name, err := repo.ParseRev(to)
			if err != nil {
				return fmt.Errorf("revert: --to: %w", err)
			}
			return a.revert(cmd.Context(), args[0], args[1], name, dryRun)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `REV` to go back to: a number, or vN")
	dryRunFlag(cmd, &dryRun, "only show what would change")
	_ = cmd.RegisterFlagCompletionFunc("to", a.completeRevision)
	return cmd
}

// reverted is what revert prints.
type reverted struct {
	Kind    string               `json:"kind"`
	ID      string               `json:"id"`
	To      string               `json:"to"`
	Rev     int64                `json:"rev"`
	Changed bool                 `json:"changed"`
	DryRun  bool                 `json:"dry_run"`
	Fields  []schema.FieldChange `json:"fields"`
}

func (a *app) revert(ctx context.Context, name, id string, to repo.RevName, dryRun bool) (err error) {
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		if id, err = idOf(ctx, store, k, id); err != nil {
			return err
		}
		before, rev, err := stateText(ctx, store, k, id, nil)
		if err != nil && !errors.Is(err, repo.ErrNotFound) {
			return err
		}
		done := reverted{Kind: k.Plural, ID: id, To: to.String(), DryRun: dryRun}
		if dryRun {
			_, done.Rev, err = stateText(ctx, store, k, id, &to)
		} else {
			var v any
			if v, err = k.In(&store.Repos).Revert(ctx, id, to); err == nil {
				done.Rev = k.Rev(v)
			}
		}
		if err != nil {
			return noHistory(err, k, id)
		}
		var at *repo.RevName
		if dryRun {
			at, done.Rev = &to, rev
		}
		after, _, err := stateText(ctx, store, k, id, at)
		if err != nil {
			return err
		}
		if done.Fields, err = schema.Diff(before, after); err != nil {
			return err
		}
		done.Fields = orEmpty(done.Fields)
		done.Changed = len(done.Fields) > 0 || done.Rev != rev
		return a.printReverted(k, done)
	})
}

// stateText is the JSON of a record as it is, or as it was.
func stateText(ctx context.Context, store *repo.Store, k repo.Kind, id string, at *repo.RevName) (text []byte, rev int64, err error) {
	var v any
	if at == nil {
		v, err = k.In(&store.Repos).Get(ctx, id, repo.Full)
	} else {
		v, err = k.In(&store.Repos).At(ctx, id, *at)
	}
	if err != nil {
		return nil, 0, err
	}
	text, err = k.Encode(v, schema.EncodeOptions{Refs: true})
	return text, k.Rev(v), err
}

func (a *app) printReverted(k repo.Kind, done reverted) error {
	return a.printFields("revert", done, done.Fields, func() {
		switch {
		case !done.Changed:
			a.Say("nothing to do: %s %s is as it was at revision %s", k.Name, done.ID, done.To)
		case done.DryRun:
			a.Say("would be reverted to %s: %s %s", done.To, k.Name, done.ID)
		default:
			a.Say("reverted to %s: %s %s is now at revision %d", done.To, k.Name, done.ID, done.Rev)
		}
	})
}

// printFields prints differences as rows, the values in short for people; document is what JSON shows.
func (a *app) printFields(name string, document any, fields []schema.FieldChange, talk func()) error {
	columns := []term.Column{{Name: "field", Fixed: true}, {Name: "old", Style: always(term.StyleWarn)}, {Name: "new", Style: always(term.StyleGood)}}
	return a.Print(term.Result{Name: name, Document: document, Single: true, Talk: talk, Columns: columns,
		Rows: term.Each(fields, func(f schema.FieldChange) []any { return []any{f.Path, jsonOrNil(f.Old), jsonOrNil(f.New)} }),
		People: &term.Result{Bare: true, Columns: columns, Rows: term.Each(fields, func(f schema.FieldChange) []any {
			old, new := valueText(f.Old), valueText(f.New)
			if f.Old != "" && f.New != "" {
				old, new = around(f.Old, f.New)
			}
			return []any{f.Path, textOrNil(old), textOrNil(new)}
		})}})
}

func always(s term.Style) func(string) term.Style { return func(string) term.Style { return s } }

func jsonOrNil(text schema.JSON) any {
	if text == "" {
		return nil
	}
	return rawJSON(text)
}

// completeRevision offers the revisions of the record that the arguments name.
func (a *app) completeRevision(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if args = splitReferences(args); len(args) < 2 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	k, err := parseKind(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.offer(cmd, func(ctx context.Context, store *repo.Store) (offers []cobra.Completion, err error) {
		id, err := idOf(ctx, store, k, args[1])
		if err != nil {
			return nil, err
		}
		list, err := k.In(&store.Repos).Changes(ctx, id)
		for _, c := range list {
			if rev := revText(c); rev != nil {
				offers = append(offers, cobra.CompletionWithDesc(fmt.Sprint(rev), term.Cut(term.Visible(c.Change+" "+changeText(c)), 60)))
			}
		}
		return offers, err
	}), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
