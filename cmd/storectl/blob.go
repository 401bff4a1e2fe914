package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) blobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blob",
		Short: "The contents of attachments: add, read, verify, collect",
		Long: `Contents are the bytes of attachments, screenshots, sound and video, and of what an import set aside. Each is kept once,
in a file named by its SHA-256, and stays as long as anything needs it: a record, live or in the trash, a kept state of
one, the quarantine, or a kept backup.

CONTENT is a SHA-256 or its first digits (six or more), the id of an attachment, or the id of a file in a note or a task.`,
	}
	cmd.AddCommand(a.blobAdd(), a.blobCat(), a.blobList(), a.blobStat(), a.blobVerify(), a.blobGC(), a.blobTrash(), a.blobStats())
	return cmd
}

// readStore opens the store to read, calls fn, and closes it.
func (a *app) readStore(ctx context.Context, fn func(*repo.Store) error) (err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return fn(store)
}

// findContent gives the content that a person means.
func findContent(ctx context.Context, store *repo.Store, name string) (string, error) {
	sum, err := store.Contents.Find(ctx, strings.TrimSpace(name))
	if errors.Is(err, repo.ErrNotFound) {
		return "", &failure{kind: "not_found", exit: exitFailed, message: fmt.Sprintf("there is no content %q", name),
			hint: "storectl blob list shows what there is", err: err}
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
	d, err := lasting(text, a.now())
	if err != nil {
		return 0, misuse("", "--%s: %v", flag, err)
	}
	return d, nil
}

func (a *app) blobStats() *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Count the contents, and what keeping each once saves",
		Long: `Count the contents. logical bytes are what the contents would take if each were kept as often as it is needed (kept
states of records apart); unique bytes count each once; stored bytes are what the files take, compressed where it pays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.readStore(cmd.Context(), func(store *repo.Store) error {
				st, err := store.Contents.Stats(cmd.Context())
				if err != nil {
					return err
				}
				return a.page("blob-stats", st, []property{{"contents", st.Count}, {"references", st.References},
					{"logical", size(st.LogicalBytes)}, {"unique", size(st.UniqueBytes)}, {"stored", size(st.StoredBytes)},
					{"saved", savedPart(st.LogicalBytes, st.StoredBytes)}, {"unreferenced", st.Unreferenced},
					{"unreferenced take", size(st.IdleBytes)}, {"in the trash", st.Trash}, {"trash takes", size(st.TrashBytes)}, {"problems", st.Problems}})
			})
		},
	}
}

// savedPart says in per cent how much less is stored.
func savedPart(logical, stored int64) string {
	if logical <= 0 || stored >= logical {
		return "0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(logical-stored)/float64(logical))
}
