package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// inlineLimit is the longest content that get prints unless it is asked for all.
const inlineLimit = 4 << 10

func (a *app) getCommand() *cobra.Command {
	var raw, full bool
	cmd := &cobra.Command{
		Use:     "get KIND ID",
		Aliases: []string{"show", "cat"},
		Short:   "Print a record as JSON, in the shape of the legacy app",
		Long: `Print a record as JSON in the shape of the legacy app, with _rev (what put takes as --if-rev), _trash if it is in
the trash, and for an attachment _blob, its content in the store. Inline contents of more than 4 KB are left out unless
--full is given; put keeps them where they are left out. --raw prints the record alone, complete, without members of
storectl's own. Contents that are known to be missing or damaged are named in _problems; the rest of the record is whole.`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRecord,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.get(cmd.Context(), args[0], args[1], raw, full)
		},
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "the record as it was imported or put, all of it and nothing else")
	cmd.Flags().BoolVar(&full, "full", false, "also contents of more than 4 KB")
	return cmd
}

func (a *app) get(ctx context.Context, name, id string, raw, full bool) (err error) {
	k, err := parseKind(name)
	if err != nil {
		return err
	}
	if id == "" {
		return misuse("storectl list "+k.Plural+" shows the ids", "get %s: the id is empty", k.Name)
	}
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		if id, err = idOf(ctx, store, k, id); err != nil {
			return err
		}
		if !k.IsEntity() {
			return a.getSetting(ctx, store, id, raw)
		}
		value, err := k.In(&store.Repos).Get(ctx, id, repo.Full)
		if err != nil {
			return notFound(err, k, id)
		}
		limit := int64(inlineLimit)
		if raw || full {
			limit = -1
		}
		text, err := encodeEntity(ctx, store, value, limit)
		if err != nil {
			return fmt.Errorf("get %s %q: %w", k.Name, id, err)
		}
		if raw {
			_, err := term.StreamOf(a.Stdout).Write(append(text, '\n'))
			return err
		}
		head := k.Head(value)
		own := []ownMember{{"_rev", head.Rev}}
		if head.TrashedAt != "" {
			own = append(own, ownMember{"_trash", trashMark{term.Stamp(head.TrashedAt), head.TrashReason}})
		}
		if attachment, ok := value.(*schema.Attachment); ok {
			blob, err := blobMembers(ctx, store, attachment)
			if err != nil {
				return fmt.Errorf("get %s %q: %w", k.Name, id, err)
			}
			own = append(own, blob...)
		}
		problems, err := contentProblems(ctx, store, value)
		if err != nil {
			return fmt.Errorf("get %s %q: %w", k.Name, id, err)
		}
		if len(problems) > 0 {
			own = append(own, ownMember{"_problems", problems})
		}
		return a.PrintJSON(withMembers(text, own))
	})
}

// notFound says how to find what is not there.
func notFound(err error, k repo.Kind, id string) error {
	if !errors.Is(err, repo.ErrNotFound) {
		return err
	}
	return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("there is no %s %q", k.Name, id),
		Hint: "storectl list " + k.Plural + " shows what there is", Err: err}
}

// trashMark is the member _trash.
type trashMark struct {
	At     term.Stamp `json:"at"`
	Reason string     `json:"reason"`
}

// ownMember is a member that storectl adds to a record.
type ownMember struct {
	name  string
	value any
}

// withMembers appends members to the text of a JSON object.
func withMembers(object []byte, members []ownMember) []byte {
	out := bytes.TrimSuffix(bytes.TrimSpace(object), []byte("}"))
	out = bytes.Clone(bytes.TrimRight(out, " \n"))
	for i, member := range members {
		if i > 0 || len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, term.JSONText(member.name)...), ':'), term.JSONText(member.value)...)
	}
	return append(out, '}')
}

// blobMembers are _blob and, where the content of an attachment is nowhere, _missing.
func blobMembers(ctx context.Context, store *repo.Store, attachment *schema.Attachment) ([]ownMember, error) {
	missing := []ownMember{{"_blob", nil}, {"_missing", true}}
	content := attachment.Stored()
	if content.Blob == "" {
		return missing, nil
	}
	info, err := store.Contents.Stat(ctx, content.Blob)
	if errors.Is(err, repo.ErrNotFound) {
		return missing, nil
	}
	if err != nil && !errors.Is(err, repo.ErrCorrupt) {
		return nil, err
	}
	return []ownMember{{"_blob", struct {
		SHA256   string `json:"sha256"`
		Size     int64  `json:"size"`
		Stored   int64  `json:"stored"`
		Encoding string `json:"encoding"`
	}{content.Blob, info.Size, info.Stored, info.Encoding}}}, nil
}

// contentProblem is a content of a record that is damaged or missing.
type contentProblem struct {
	SHA256  string `json:"sha256"`
	Problem string `json:"problem"` // missing, damaged or unreadable
}

// contentProblems are what is wrong with the contents of a record, as far as that is known without reading them.
func contentProblems(ctx context.Context, store *repo.Store, value any) (list []contentProblem, err error) {
	for _, c := range schema.Contents(value) {
		if c.Blob == "" {
			continue
		}
		problem := ""
		switch _, err := store.Contents.Stat(ctx, c.Blob); {
		case errors.Is(err, repo.ErrNotFound):
			problem = contents.ContentMissing
		case errors.Is(err, repo.ErrCorrupt):
			problem = contents.ContentDamaged
		case err != nil:
			return nil, err
		default:
			known, err := store.Contents.Get(ctx, c.Blob)
			if err != nil && !errors.Is(err, repo.ErrNotFound) {
				return nil, err
			}
			problem = known.Problem
		}
		if problem != "" {
			list = append(list, contentProblem{c.Blob, problem})
		}
	}
	return list, nil
}
