package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) blobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blob",
		Short: "The contents of attachments: add, read, verify, collect",
		Long: `Contents are the bytes of attachments, screenshots, sound and video, and of what an import has in quarantine. Each is kept once,
in a file named by its SHA-256, and stays as long as anything needs it: a record, live or in the trash, a revision of
one, the quarantine, or a kept backup.

CONTENT is a SHA-256 or its first digits (six or more), an attachment by its id, the beginning of that or attachments/ID, or
the id of a file in a note or a task.`,
	}
	cmd.AddCommand(a.blobAdd(), a.blobCat(), a.blobList(), a.blobStat(), a.blobVerify(), a.blobGC(), a.blobTrash(), a.blobStats())
	return cmd
}

var attachmentKind, _ = repo.KindOf("attachment")

// findContent gives the content that a person means.
func findContent(ctx context.Context, store *repo.Store, name string) (string, error) {
	sum, err := store.Contents.Find(ctx, strings.TrimSpace(name))
	if errors.Is(err, repo.ErrNotFound) {
		id := name
		if kinds := kindsOf([]string{name}); len(kinds) == 1 && kinds[0] == attachmentKind.Plural {
			_, id, _ = strings.Cut(name, "/")
		}
		whole, unclear := idOf(ctx, store, attachmentKind, id)
		if unclear != nil {
			return "", unclear
		}
		sum, err = store.Contents.Find(ctx, whole)
	}
	if errors.Is(err, repo.ErrNotFound) {
		return "", &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("there is no content %q", name),
			Hint: "storectl blob list shows what there is", Err: err}
	}
	return sum, err
}

// parseOwner reads KIND/ID.
func parseOwner(text string) (repo.Kind, string, error) {
	name, id, found := strings.Cut(text, "/")
	if !found || id == "" {
		return repo.Kind{}, "", misuse("for example: notes/ID", "%q is no KIND/ID", text)
	}
	k, err := parseKind(name)
	return k, id, err
}

// lastingOf reads a DUR as a length of time up to now.
func (a *app) lastingOf(flag, text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	d, err := lasting(text, a.Now())
	if err != nil {
		return 0, misuse("", "--%s: %v", flag, err)
	}
	return d, nil
}
