package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) tagListCommand() *cobra.Command {
	var like string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tags of live records with how many have them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listTags(cmd.Context(), like)
		},
	}
	cmd.Flags().StringVar(&like, "text", "", "only tags that hold this text, in any case")
	return cmd
}

func (a *app) listTags(ctx context.Context, like string) (err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := store.Tags(ctx)
	if err != nil {
		return err
	}
	if like != "" {
		list = slices.DeleteFunc(list, func(t repo.TagUse) bool { return !strings.Contains(strings.ToLower(t.Tag), strings.ToLower(like)) })
	}
	if a.opt.output == "json" {
		return a.document("tag-list", struct {
			Tags []repo.TagUse `json:"tags"`
		}{orEmpty(list)})
	}
	columns := []column{{name: "tag"}, {name: "total", right: true}}
	for _, k := range taggedKinds() {
		columns = append(columns, column{name: k, right: true, dim: true})
	}
	out := a.newRows(columns, "-")
	for _, t := range list {
		row := []any{t.Tag, t.Total}
		for _, k := range taggedKinds() {
			row = append(row, t.Counts[k])
		}
		if err := out.write(row); err != nil {
			return err
		}
	}
	return out.close()
}
