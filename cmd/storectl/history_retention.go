package main

import (
	"context"
	"fmt"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const retentionHelp = `Show how long the revisions of overwritten and deleted records are kept, or set it: "forever", which is how a new store is, or a
DUR such as 1y. Revisions that are older end for good, now and whenever the store is opened for writing later. What an
import put into the history is always kept.`

func (a *app) retentionCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:       "retention [forever|DUR]",
		Short:     "Show or set how long the revisions of overwritten and deleted records are kept",
		Long:      retentionHelp,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []cobra.Completion{"forever", "1y", "90d"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.showRetention(cmd.Context())
			}
			return a.setRetention(cmd.Context(), args[0], dryRun)
		},
	}
	dryRunFlag(cmd, &dryRun, "only say how many revisions would end")
	return cmd
}

// retentionReport is what retention prints.
type retentionReport struct {
	Keep    string `json:"keep"` // forever, or hours
	Seconds int64  `json:"seconds"`
	Ended   int    `json:"ended"`
	DryRun  bool   `json:"dry_run"`
}

func (a *app) showRetention(ctx context.Context) (err error) {
	return a.withStore(ctx, toRead, func(store *repo.Store) error {
		keep, err := store.History.Retention(ctx)
		if err != nil {
			return err
		}
		return a.Page("retention", retentionReport{Keep: keepText(keep), Seconds: int64(keep.Seconds())}, term.Props("history is kept", keepText(keep)))
	})
}

// keepText says a retention in days.
func keepText(keep time.Duration) string {
	if keep <= 0 {
		return "forever"
	}
	days := int64(keep / (24 * time.Hour))
	if rest := keep % (24 * time.Hour); rest != 0 || days == 0 {
		return keep.String()
	}
	return fmt.Sprintf("%dd", days)
}

func (a *app) setRetention(ctx context.Context, text string, dryRun bool) (err error) {
	var keep time.Duration
	if text != "forever" {
		if keep, err = lasting(text, a.Now()); err != nil {
			return misuse("examples: forever, 1y, 90d", "history retention: %v", err)
		}
		if keep <= 0 {
			return misuse("examples: forever, 1y, 90d", "history retention: %s is no time at all", text)
		}
	}
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		ends, err := store.History.Prunable(ctx, keep)
		if err != nil {
			return err
		}
		report := retentionReport{Keep: keepText(keep), Seconds: int64(keep.Seconds()), Ended: ends, DryRun: dryRun}
		if ends > 0 {
			if err := a.sure(ctx, dryRun, fmt.Sprintf("end %s older than %s for good", counted(ends, "revision"), text)); err != nil {
				return err
			}
		}
		if !dryRun {
			if report.Ended, err = store.History.SetRetention(ctx, keep); err != nil {
				return err
			}
		}
		verb := "revisions ended"
		if dryRun {
			verb = "revisions that would end"
		}
		return a.Page("retention", report, term.Props("history is kept", report.Keep, verb, report.Ended))
	})
}
