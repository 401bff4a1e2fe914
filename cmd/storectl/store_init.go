package main

import (
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Create the store, or bring the schema of one up to date",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if a.opt.readOnly {
				return misuse("leave out --read-only", "init: --read-only forbids to create a store")
			}
			dir, created, err := a.placeForStore()
			if err != nil {
				return err
			}
			if err := a.withStore(cmd.Context(), toInit, opened); err != nil {
				return err
			}
			state, err := a.migrationState(cmd.Context())
			if err != nil {
				return err
			}
			done := "was there already"
			if created {
				done = "created"
			}
			return a.Page("init", struct {
				Store   string `json:"store"`
				Created bool   `json:"created"`
				Version int64  `json:"schema_version"`
			}{dir, created, state.Current}, term.Props("store", dir, "state", done, "schema", state.Current))
		},
	}
}
