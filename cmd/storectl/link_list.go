package main

import (
	"context"
	"errors"

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
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := store.LinksOf(ctx, of)
	if err != nil {
		k, _ := parseKind(of.Kind)
		return notFound(err, k, of.ID)
	}
	if a.opt.output == "json" {
		return a.document("link-list", struct {
			Of    repo.Ref      `json:"of"`
			Links []repo.Linked `json:"links"`
		}{of, orEmpty(list)})
	}
	columns := []column{{name: "dir"}, {name: "type"}, {name: "kind"}, {name: "id", fixed: true}, {name: "title", wide: true}, {name: "state", style: styled(map[string]style{"not there": styleWarn, "in the trash": styleWarn})}}
	member := a.opt.output != "table" || a.width() == 0 || a.width() >= narrow
	if member {
		columns = append(columns, column{name: "member", dim: true})
	}
	return printRows(a, columns, "-", list, func(l repo.Linked) []any {
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
		row := []any{dir, l.Type, l.Other.Kind, l.Other.ID, textOrNil(l.Title), state}
		if member {
			row = append(row, l.Member)
		}
		return row
	})
}
