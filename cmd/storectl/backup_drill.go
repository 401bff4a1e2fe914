package main

import (
	"context"
	"errors"
	"time"

	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) backupDrill() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "drill [ID|latest]",
		Short: "Prove that a backup can be restored, by restoring it to scratch",
		Long: `Restore a backup to scratch, open it as a store, check it in full, compare it collection by collection with what
was written down when it was made, and read every content that it names. Without an ID the newest one. The outcome is
kept with the backup, and status shows it. Exit code 14: it is bad.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeBackup,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.drill(cmd.Context(), from, args) },
	}
	fromFlag(cmd, &from)
	return cmd
}

func (a *app) drill(ctx context.Context, from string, args []string) error {
	opt, done := a.recoveryOptions()
	d, err := a.runDrill(ctx, from, args, opt)
	done()
	if err != nil && !errors.Is(err, recovery.ErrBad) {
		return err
	}
	line := backupLine{Counts: d.Counts}
	properties := term.Props("id", d.ID, "good", len(d.Problems) == 0, "records", line.records(), "contents read", d.Contents, "of", term.Size(d.Bytes), "took", d.Took.Round(time.Millisecond).String())
	for _, p := range d.Problems {
		properties = append(properties, term.Prop("problem", term.OneLine(p)))
	}
	if d.Counts == nil {
		d.Counts = map[string]int64{}
	}
	if print := a.Page("backup-drill", struct {
		ID       string           `json:"id"`
		OK       bool             `json:"ok"`
		Counts   map[string]int64 `json:"counts"`
		Contents int              `json:"contents"`
		Bytes    int64            `json:"bytes"`
		TookMS   int64            `json:"took_ms"`
		Problems []string         `json:"problems"`
	}{d.ID, err == nil, d.Counts, d.Contents, d.Bytes, d.Took.Milliseconds(), orEmpty(d.Problems)}, properties); print != nil {
		return print
	}
	if err != nil {
		return findings(exitVerify, "bad_backup", err.Error())
	}
	return nil
}

func (a *app) runDrill(ctx context.Context, from string, args []string, opt recovery.Options) (d recovery.Drill, err error) {
	if shelf.IsAddress(from) {
		t, err := a.target(ctx, from, opt.Progress)
		if err != nil {
			return d, err
		}
		list, err := a.someBackups(ctx, t, args, false)
		if err != nil {
			return d, err
		}
		return recovery.DrillOffsite(ctx, t, list[0].ID, opt)
	}
	dir, err := a.backupPlace(from)
	if err != nil {
		return d, err
	}
	list, err := a.someBackups(ctx, a.catalog(dir), args, false)
	if err != nil {
		return d, err
	}
	return recovery.RunDrill(ctx, dir, list[0].ID, opt)
}
