package main

import (
	"taskstore/cmd/storectl/internal/term"
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
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				list, err := store.Contents.Trash(cmd.Context())
				if err != nil {
					return err
				}
				return a.Print(term.Result{Name: "blob-trash", Empty: "the trash of contents is empty", Document: struct {
					Items []contents.Trashed `json:"items"`
				}{orEmpty(list)},
					Columns: []term.Column{{Name: "sha256", Fixed: true}, {Name: "size", Right: true}, {Name: "stored", Right: true},
						{Name: "trashed_at"}},
					Rows: term.Each(list, func(t contents.Trashed) []any {
						return []any{term.Hash(t.SHA256), term.Size(t.Size), term.Size(t.Stored), term.Stamp(t.TrashedAt)}
					})})
			})
		},
	}
}
