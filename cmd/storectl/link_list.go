package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) linkListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list KIND/ID",
		Short: "List the links of a record in both directions",
		Long: `List the links of a record in both directions: → are those that it holds, ← those that others hold to it.
A link that both ends hold is shown once for each.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRef,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.listLinks(cmd.Context(), args[0])
		},
	}
}

func (a *app) listLinks(ctx context.Context, text string) (err error) {
	of, err := parseRef(text)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		if of, err = refOf(ctx, store, of); err != nil {
			return err
		}
		list, err := store.LinksOf(ctx, of)
		if err != nil {
			k, _ := parseKind(of.Kind)
			return notFound(err, k, of.ID)
		}
		return a.Print(term.Result{Name: "link-list", Empty: "no links; storectl link add makes one", Document: struct {
			Of    repo.Ref      `json:"of"`
			Links []repo.Linked `json:"links"`
		}{of, orEmpty(list)},
			Columns: linkColumns,
			Rows: term.Each(list, func(l repo.Linked) []any {
				dir, state := "←", "live"
				if l.Held {
					dir = "→"
				}
				switch {
				case !l.There:
					state = "not there"
				case l.Trashed:
					state = "in the trash"
				}
				return []any{dir, l.Type, l.Other.Kind, l.Other.ID, textOrNil(l.Title), state, l.Member}
			})})
	})
}

var linkColumns = []term.Column{{Name: "dir"}, {Name: "type", Extra: true}, {Name: "kind"}, {Name: "id", Fixed: true}, {Name: "title", Wide: true},
	{Name: "state", Style: term.Styled(map[string]term.Style{"not there": term.StyleWarn, "in the trash": term.StyleWarn})}, {Name: "member", Dim: true, Extra: true}}
