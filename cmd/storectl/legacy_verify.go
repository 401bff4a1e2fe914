package main

import (
	"taskstore/importexport/legacy"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) legacyVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify SOURCE",
		Short: "Compare a source with the store that it was imported into",
		Long: `Compare a source with the store that it was imported into, and change nothing. Exit code 14: something of the source is
not proven to be in the store; the report names it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error {
				if err := wantSource("verify", args[0]); err != nil {
					return err
				}
				opt, done := a.legacyOptions(nil)
				r, err := legacy.Verify(cmd.Context(), store, args[0], opt)
				done()
				return a.legacyResult("legacy-verify", r, err)
			})
		},
	}
}
