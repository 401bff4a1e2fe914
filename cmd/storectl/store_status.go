package main

import (
	"context"
	"fmt"
	"time"

	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show on one screen what the store holds and what needs attention",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := a.status(cmd.Context())
			if err != nil {
				return err
			}
			return a.Page("status", status, statusProperties(status, a.Now()))
		},
	}
}

func (a *app) status(ctx context.Context) (*health.Status, error) {
	return inStore(ctx, a, toRead, func(store *repo.Store) (*health.Status, error) {
		status, err := health.Of(ctx, store, a.catalog(store.Dir()), a.Now(), a.Env)
		if err != nil {
			return nil, err
		}
		for i := range status.Attention {
			status.Attention[i] = a.command(status.Attention[i])
		}
		return status, nil
	})
}

// scrubbed is when the contents were last read; "never" if they were not.
func scrubbed(s *health.Status) any {
	if s.LastScrub == nil {
		return "never"
	}
	return term.Stamp(s.LastScrub.EndedAt)
}

// statusProperties are the status on one screen: is the data safe, what is to be done, when was the last backup; then numbers.
func statusProperties(s *health.Status, now time.Time) []term.Property {
	list := term.Props("safe", s.Verdict)
	for _, attention := range s.Attention {
		list = append(list, term.Prop("attention", attention))
	}
	if len(s.Attention) == 0 {
		list = append(list, term.Prop("attention", "nothing"))
	}
	list = append(append(list, backupProperties(s)...), elsewhereProperties(s.Elsewhere, now)...)
	list = append(list, replicaProperties(s.Replica)...)
	list = append(list, term.Props("", "", "store", s.Store, "records", countsText(s.Counts))...)
	if trash := countsText(s.Trash); trash != "none" {
		list = append(list, term.Prop("in the trash", trash))
	}
	list = append(list, term.Props("history", counted(int(s.Revisions), "revision")+", "+counted(int(s.ForeignWrites), "external write"),
		"contents", fmt.Sprintf("%d with %s, which take %s", s.Blobs.Count, term.Human(term.Size(s.Blobs.Bytes), time.Time{}), term.Human(term.Size(s.Blobs.StoredBytes), time.Time{})))...)
	if s.TrashedBlobs.Count > 0 {
		list = append(list, term.Prop("contents in the trash", tally(s.TrashedBlobs)))
	}
	return append(list, term.Props("contents last read", scrubbed(s),
		"database", fmt.Sprintf("%s, and %s of log; schema %d", term.Human(term.Size(s.DBBytes), time.Time{}), term.Human(term.Size(s.WALBytes), time.Time{}), s.SchemaVersion),
		"search index", s.Index.State+", "+counted(int(s.Index.Texts), "text"))...)
}

// replicaProperties are the line of a copy that Litestream makes.
func replicaProperties(r *health.Replica) []term.Property {
	if r == nil {
		return nil
	}
	if r.Local {
		return term.Props("litestream", r.Copied, "it keeps", r.Place+"; whether its replica has that, it alone knows")
	}
	return term.Props("litestream", r.Copied, "copies to", r.Place)
}
