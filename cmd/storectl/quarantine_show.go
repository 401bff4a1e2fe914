package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/ledger"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) quarantineShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Write the bytes of one thing in quarantine to stdout",
		Long: `Write the bytes of one thing in quarantine to stdout. To a terminal goes only text, in which what a terminal would
obey is escaped; --raw sends the bytes as they are.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQuarantined(cmd.Context(), args[0], func(_ ledger.Quarantined, r io.Reader) error {
				return a.writeBytes(r)
			})
		},
	}
}

func (a *app) withQuarantined(ctx context.Context, id string, fn func(ledger.Quarantined, io.Reader) error) (err error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return misuse("storectl legacy quarantine list shows the numbers", "quarantine %s: a number is wanted", id)
	}
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		list, err := ledger.Of(store).Quarantine(ctx)
		if err != nil {
			return err
		}
		for _, q := range list {
			if q.PK != number {
				continue
			}
			r, err := store.Contents.Open(ctx, q.Blob)
			if err != nil {
				return err
			}
			return errors.Join(fn(q, r), r.Close())
		}
		return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("quarantine %d: there is none of this number", number),
			Hint: "storectl legacy quarantine list shows what there is"}
	})
}
