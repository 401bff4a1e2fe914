package main

import (
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

func (a *app) blobTrashList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what is in the trash",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.readStore(cmd.Context(), func(store *repo.Store) error {
				list, err := store.Contents.Trash(cmd.Context())
				if err != nil {
					return err
				}
				if a.opt.output == "json" {
					return a.document("blob-trash", struct {
						Items []contents.Trashed `json:"items"`
					}{orEmpty(list)})
				}
				return printRows(a, []column{{name: "sha256", fixed: true}, {name: "size", right: true}, {name: "stored", right: true},
					{name: "trashed_at"}}, "-", list, func(t contents.Trashed) []any {
					return []any{t.SHA256, size(t.Size), size(t.Stored), stamp(t.TrashedAt)}
				})
			})
		},
	}
}
