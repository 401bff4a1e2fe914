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

// storeStatus is what status prints.
type storeStatus struct {
	*health.Status
	Replica *replicaStatus `json:"replica"` // null: no sign of Litestream
}

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

func (a *app) status(ctx context.Context) (*storeStatus, error) {
	return inStore(ctx, a, toRead, func(store *repo.Store) (*storeStatus, error) {
		replica := a.replicaOf(store.Dir())
		var also []health.Need
		if behind := replica.attention(); behind != "" {
			also = append(also, health.Need{Text: behind})
		}
		s, err := health.Of(ctx, store, a.catalog(store.Dir()), a.Now(), also...)
		return &storeStatus{s, replica}, err
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
func statusProperties(s *storeStatus, now time.Time) []term.Property {
	list := term.Props("safe", s.Verdict)
	for _, attention := range s.Attention {
		list = append(list, term.Prop("attention", attention))
	}
	if len(s.Attention) == 0 {
		list = append(list, term.Prop("attention", "nothing"))
	}
	list = append(append(list, backupProperties(s.Status)...), elsewhereProperties(s.Elsewhere, now)...)
	list = append(list, s.Replica.properties()...)
	list = append(list, term.Props("", "", "store", s.Store, "records", countsText(s.Counts))...)
	if trash := countsText(s.Trash); trash != "none" {
		list = append(list, term.Prop("in the trash", trash))
	}
	list = append(list, term.Props("history", counted(int(s.Revisions), "revision")+", "+counted(int(s.ForeignWrites), "external write"),
		"contents", fmt.Sprintf("%d with %s, which take %s", s.Blobs.Count, term.Human(term.Size(s.Blobs.Bytes), time.Time{}), term.Human(term.Size(s.Blobs.StoredBytes), time.Time{})))...)
	if s.TrashedBlobs.Count > 0 {
		list = append(list, term.Prop("contents in the trash", tally(s.TrashedBlobs)))
	}
	return append(list, term.Props("contents last read", scrubbed(s.Status),
		"database", fmt.Sprintf("%s, and %s of log; schema %d", term.Human(term.Size(s.DBBytes), time.Time{}), term.Human(term.Size(s.WALBytes), time.Time{}), s.SchemaVersion),
		"search index", s.Index.State+", "+counted(int(s.Index.Texts), "text"))...)
}
