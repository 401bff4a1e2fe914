package main

import (
	"context"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/ledger"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) quarantineList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what is in quarantine",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			list, err := a.quarantined(cmd.Context())
			if err != nil {
				return err
			}
			return a.Print(term.Result{Name: "legacy-quarantine", Empty: "the quarantine is empty: every import could read everything", Document: struct {
				Items []ledger.Quarantined `json:"items"`
			}{list},
				Columns: []term.Column{{Name: "id", Right: true}, {Name: "run", Right: true, Extra: true}, {Name: "file"}, {Name: "pointer", Extra: true}, {Name: "code", Fixed: true},
					{Name: "size", Right: true}, {Name: "reason", Wide: true}},
				Rows: term.Each(list, func(q ledger.Quarantined) []any {
					return []any{q.PK, q.Run, q.File, q.Pointer, q.Code, term.Size(q.Size), q.Reason}
				})})
		},
	}
}

func (a *app) quarantined(ctx context.Context) (list []ledger.Quarantined, err error) {
	return inStore(ctx, a, toRead, func(store *repo.Store) ([]ledger.Quarantined, error) {
		list, err = ledger.Of(store).Quarantine(ctx)
		if list == nil {
			list = []ledger.Quarantined{}
		}
		return list, err
	})
}
