package main

import (
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"

	"github.com/spf13/cobra"
)

func (a *app) legacyScan() *cobra.Command {
	return &cobra.Command{
		Use:   "scan SOURCE",
		Short: "Tell what is in a source, without a store",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := wantSource("scan", args[0]); err != nil {
				return err
			}
			opt, done := a.legacyOptions(nil)
			r, err := legacy.DryRun(cmd.Context(), nil, args[0], opt)
			done()
			r.Action = report.ActionScan
			return a.legacyResult("legacy-scan", r, err)
		},
	}
}
