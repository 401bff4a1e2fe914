package main

import (
	"context"
	"errors"
	"path/filepath"

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
			return a.readStore(cmd.Context(), func(store *repo.Store) error {
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
	return cmd
}

func (a *app) listContents(ctx context.Context, store *repo.Store, sort string, limit int) error {
	var items []contents.Content
	rows := a.newRows([]column{{name: "sha256", fixed: true}, {name: "size", right: true}, {name: "stored", right: true}, {name: "mime_type"},
		{name: "references", right: true}, {name: "kind"}, {name: "id"}, {name: "name"}, {name: "added_at"}, {name: "problem"}}, "-")
	n := 0
	for c, err := range store.Contents.All(ctx, sort) {
		if err != nil {
			return err
		}
		if a.opt.output == "json" {
			items = append(items, c)
		} else if err := rows.write([]any{c.SHA256, size(c.Size), size(c.Stored), c.MIMEType, c.References, c.Kind, c.ID, c.Name, stamp(c.AddedAt), c.Problem}); err != nil {
			return err
		}
		if n++; n == limit {
			break
		}
	}
	if a.opt.output == "json" {
		return a.document("blob-list", struct {
			Items []contents.Content `json:"items"`
		}{orEmpty(items)})
	}
	return rows.close()
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
	if a.opt.output == "json" {
		return a.document("blob-files", struct {
			Items []contents.File `json:"items"`
		}{orEmpty(list)})
	}
	return printRows(a, []column{{name: "kind"}, {name: "id", fixed: true}, {name: "role"}, {name: "item"}, {name: "name"}, {name: "mime_type"},
		{name: "size", right: true}, {name: "sha256", fixed: true}, {name: "problem"}}, "-", list, func(f contents.File) []any {
		return []any{f.Kind, f.ID, f.Role, f.Item, f.Name, f.MIMEType, size(f.Size), f.SHA256, f.Problem}
	})
}

func (a *app) filesOf(ctx context.Context, store *repo.Store, owner string) ([]contents.File, error) {
	k, id, err := parseOwner(owner)
	if err != nil {
		return nil, err
	}
	if !k.IsEntity() {
		return nil, misuse("", "blob list: settings have no files")
	}
	if _, err := k.In(&store.Repos).Get(ctx, id); err != nil {
		return nil, notFound(err, k, id)
	}
	return store.Contents.FilesOf(ctx, k.Name, id)
}

// contentState is what blob stat prints.
type contentState struct {
	SHA256     string         `json:"sha256"`
	Size       int64          `json:"size"`
	Stored     int64          `json:"stored"`
	Encoding   string         `json:"encoding"`
	MIMEType   string         `json:"mime_type"`
	AddedAt    stamp          `json:"added_at"`
	Path       string         `json:"path"`
	Problem    string         `json:"problem"`
	References []contents.Ref `json:"references"`
}

func (a *app) blobStat() *cobra.Command {
	return &cobra.Command{
		Use:   "stat CONTENT",
		Short: "Show what is known of a content, and what needs it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.readStore(cmd.Context(), func(store *repo.Store) error {
				st, err := a.contentState(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				return a.page("blob-stat", st, st.properties())
			})
		},
	}
}

func (a *app) contentState(ctx context.Context, store *repo.Store, name string) (*contentState, error) {
	sum, err := findContent(ctx, store, name)
	if err != nil {
		return nil, err
	}
	known, err := store.Contents.Get(ctx, sum)
	if err != nil && !errors.Is(err, repo.ErrNotFound) {
		return nil, err
	}
	st := &contentState{sum, known.Size, known.Stored, known.Encoding, known.MIMEType, stamp(known.AddedAt), "", known.Problem, []contents.Ref{}}
	info, err := store.Contents.Stat(ctx, sum)
	switch {
	case err == nil:
		st.Size, st.Stored, st.Encoding = info.Size, info.Stored, info.Encoding
		st.Path = filepath.Join("blobs", sum[:2], sum)
		if info.Encoding != "" {
			st.Path += ".zst"
		}
	case errors.Is(err, repo.ErrNotFound):
		st.Problem = contents.ContentMissing
	case errors.Is(err, repo.ErrCorrupt):
		st.Problem = contents.ContentDamaged
	default:
		return nil, err
	}
	refs, err := store.Contents.Refs(ctx, sum)
	st.References = append(st.References, refs...)
	return st, err
}

func (st *contentState) properties() []property {
	list := []property{{"sha256", st.SHA256}, {"size", size(st.Size)}, {"stored", size(st.Stored)}, {"encoding", st.Encoding}, {"type", st.MIMEType},
		{"added", st.AddedAt}, {"file", st.Path}, {"problem", st.Problem}}
	for _, r := range st.References {
		list = append(list, property{"needed by", r.Kind + "/" + r.ID + " " + r.Role + " " + r.Item})
	}
	return list
}
