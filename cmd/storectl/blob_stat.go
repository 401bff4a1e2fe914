package main

import (
	"context"
	"errors"
	"path/filepath"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/spf13/cobra"
)

// contentState is what blob stat prints.
type contentState struct {
	SHA256     string         `json:"sha256"`
	Size       int64          `json:"size"`
	Stored     int64          `json:"stored"`
	Encoding   string         `json:"encoding"`
	MIMEType   string         `json:"mime_type"`
	AddedAt    term.Stamp     `json:"added_at"`
	Path       string         `json:"path"`
	Problem    string         `json:"problem"`
	References []contents.Ref `json:"references"`
}

func (a *app) blobStat() *cobra.Command {
	return &cobra.Command{
		Use:               "stat CONTENT",
		Short:             "Show what is known of a content, and what needs it",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeID("attachments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				st, err := a.contentState(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				return a.Page("blob-stat", st, st.properties())
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
	st := &contentState{sum, known.Size, known.Stored, known.Encoding, known.MIMEType, term.Stamp(known.AddedAt), "", known.Problem, []contents.Ref{}}
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

func (st *contentState) properties() []term.Property {
	list := term.Props("sha256", st.SHA256, "size", term.Size(st.Size), "stored", term.Size(st.Stored), "encoding", st.Encoding, "type", st.MIMEType,
		"added", st.AddedAt, "file", st.Path, "problem", st.Problem)
	for _, r := range st.References {
		list = append(list, term.Prop("needed by", r.Kind+"/"+r.ID+" "+r.Role+" "+r.Item))
	}
	return list
}
