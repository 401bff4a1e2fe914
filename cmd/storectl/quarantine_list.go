package main

import (
	"context"
	"errors"

	"taskstore/importexport/ledger"

	"github.com/spf13/cobra"
)

func (a *app) quarantineList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what was set aside",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			list, err := a.quarantined(cmd.Context())
			if err != nil {
				return err
			}
			if a.opt.output == "json" {
				return a.document("legacy-quarantine", struct {
					Items []ledger.Quarantined `json:"items"`
				}{list})
			}
			rows := a.newRows([]column{{name: "id"}, {name: "run"}, {name: "file"}, {name: "pointer"}, {name: "code"}, {name: "size"}, {name: "reason"}}, "")
			for _, q := range list {
				if err := rows.write([]any{q.PK, q.Run, q.File, q.Pointer, q.Code, size(q.Size), q.Reason}); err != nil {
					return err
				}
			}
			return rows.close()
		},
	}
}

func (a *app) quarantined(ctx context.Context) (list []ledger.Quarantined, err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err = ledger.Of(store).Quarantine(ctx)
	if list == nil {
		list = []ledger.Quarantined{}
	}
	return list, err
}
