package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

func (a *app) blobList() *cobra.Command {
	var owner, sort string
	var files bool
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the contents, or the files of a record",
		Long: `List the contents with one of the records that need each. --owner lists the files of one record instead: those inside it
and those that it refers to, with the attachments that a list of attachments does not show because they are inside a note or
a task. --files lists the files of all records.`,
		Example: "  storectl blob list --sort largest --limit 20\n  storectl blob list --owner notes/ID",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sort != contents.Newest && sort != contents.Largest {
				return misuse("orders: newest, largest", "blob list: --sort %s: there is no such order", sort)
			}
			if limit < 0 {
				return misuse("0 is all", "blob list: --limit %d is less than nothing", limit)
			}
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				if owner != "" || files {
					return a.listFiles(cmd.Context(), store, owner)
				}
				return a.listContents(cmd.Context(), store, sort, limit)
			})
		},
	}
	cmd.Flags().StringVar(&owner, "owner", "", "the files of the record `KIND/ID`")
	cmd.Flags().BoolVar(&files, "files", false, "the files of all records")
	cmd.Flags().StringVar(&sort, "sort", contents.Newest, "order of the contents: newest or largest")
	cmd.Flags().IntVar(&limit, "limit", 0, "at most `N` contents; 0 is all")
	cmd.Flags().BoolVar(&a.Whole, "full", false, "hashes with all of their digits, and nothing cut")
	return cmd
}

func (a *app) listContents(ctx context.Context, store *repo.Store, sort string, limit int) error {
	each := func(do func(contents.Content) error) error {
		n := 0
		for c, err := range store.Contents.All(ctx, sort) {
			if err == nil {
				err = do(c)
			}
			if n++; err != nil || n == limit {
				return err
			}
		}
		return nil
	}
	return a.Print(term.Result{Name: "blob-list", Empty: "no contents; storectl blob add puts files into the store",
		Collect: func() (any, error) {
			items := []contents.Content{}
			err := each(func(c contents.Content) error { items = append(items, c); return nil })
			return struct {
				Items []contents.Content `json:"items"`
			}{items}, err
		},
		Columns: []term.Column{{Name: "sha256", Fixed: true}, {Name: "size", Right: true}, {Name: "stored", Right: true}, {Name: "mime_type", Title: "type"},
			{Name: "references", Title: "uses", Right: true}, {Name: "kind", Extra: true}, {Name: "id", Extra: true}, {Name: "name", Wide: true}, {Name: "added_at", Title: "added", Fixed: true, Extra: true},
			{Name: "problem", Style: always(term.StyleError)}},
		Rows: func(write func(row ...any) error) error {
			return each(func(c contents.Content) error {
				return write(term.Hash(c.SHA256), term.Size(c.Size), term.Size(c.Stored), c.MIMEType, c.References, c.Kind, c.ID, c.Name, term.Stamp(c.AddedAt), c.Problem)
			})
		}})
}

func (a *app) listFiles(ctx context.Context, store *repo.Store, owner string) (err error) {
	var list []contents.File
	if owner == "" {
		list, err = store.Contents.Files(ctx)
	} else {
		list, err = a.filesOf(ctx, store, owner)
	}
	if err != nil {
		return err
	}
	return a.Print(term.Result{Name: "blob-files", Empty: "no files; storectl blob add puts some into the store", Document: struct {
		Items []contents.File `json:"items"`
	}{orEmpty(list)},
		Columns: []term.Column{{Name: "kind"}, {Name: "id", Fixed: true, Extra: true}, {Name: "role"}, {Name: "item", Extra: true}, {Name: "name", Wide: true}, {Name: "mime_type", Title: "type", Extra: true},
			{Name: "size", Right: true}, {Name: "sha256", Fixed: true}, {Name: "problem"}},
		Rows: term.Each(list, func(f contents.File) []any {
			return []any{f.Kind, f.ID, f.Role, f.Item, f.Name, f.MIMEType, term.Size(f.Size), term.Hash(f.SHA256), f.Problem}
		})})
}

func (a *app) filesOf(ctx context.Context, store *repo.Store, owner string) ([]contents.File, error) {
	k, id, err := parseOwner(owner)
	if err != nil {
		return nil, err
	}
	if !k.IsEntity() {
		return nil, misuse("", "blob list: settings have no files")
	}
	if id, err = idOf(ctx, store, k, id); err != nil {
		return nil, err
	}
	if _, err := k.In(&store.Repos).Get(ctx, id); err != nil {
		return nil, notFound(err, k, id)
	}
	return store.Contents.FilesOf(ctx, k.Name, id)
}
