package main

import (
	"context"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
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
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		list, err := store.Tags(ctx)
		if err != nil {
			return err
		}
		if like != "" {
			list = slices.DeleteFunc(list, func(t repo.TagUse) bool { return !strings.Contains(strings.ToLower(t.Tag), strings.ToLower(like)) })
		}
		columns := []term.Column{{Name: "tag", Wide: true}, {Name: "total", Right: true}}
		for _, k := range taggedKinds() {
			columns = append(columns, term.Column{Name: k, Right: true, Dim: true})
		}
		return a.Print(term.Result{Name: "tag-list", Talk: func() { a.sayTwins(list) }, Empty: "no record has a tag", Document: struct {
			Tags []repo.TagUse `json:"tags"`
		}{orEmpty(list)},
			Columns: columns,
			Rows: term.Each(list, func(t repo.TagUse) []any {
				row := []any{t.Tag, t.Total}
				for _, k := range taggedKinds() {
					row = append(row, t.Counts[k])
				}
				return row
			})})
	})
}

// sayTwins tells of tags that are other spellings of others.
func (a *app) sayTwins(list []repo.TagUse) {
	for _, t := range list {
		if t.SameAs != "" {
			a.Say("%q is another spelling of %q; one of the two: storectl tag merge %s --into %s", t.Tag, t.SameAs, shell.Quote(t.Tag), shell.Quote(t.SameAs))
		}
	}
}
