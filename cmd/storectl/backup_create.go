package main

import (
	"cmp"
	"context"
	"slices"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"

	"github.com/spf13/cobra"
)

func (a *app) backupCreate() *cobra.Command {
	var opt backup.CreateOptions
	var reason, to string
	var anew bool
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a backup of the store, which may be in use",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opt.Reason = backup.Reason(reason); !slices.Contains(backup.Reasons(), opt.Reason) {
				return misuse("reasons: "+namesOf(backup.Reasons()), "backup create: --reason %s: there is no such reason", reason)
			}
			return a.createBackup(cmd.Context(), opt, to, anew)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", string(backup.Manual), "why it is made")
	cmd.Flags().BoolVar(&opt.Pin, "pin", false, "keep it whatever the rules say")
	cmd.Flags().BoolVar(&opt.IfChanged, "only-if-changed", false, "none if the newest one holds the same")
	toFlags(cmd, &to, &anew)
	return cmd
}

func (a *app) createBackup(ctx context.Context, opt backup.CreateOptions, to string, anew bool) error {
	if a.opt.readOnly {
		return misuse("leave out --read-only", "backup create: --read-only forbids it")
	}
	dir, err := a.findStore()
	if err != nil {
		return err
	}
	how, done := a.recoveryOptions()
	in, b, made, err := a.makeBackup(ctx, dir, recovery.CreateOptions{Options: how, CreateOptions: opt, To: to, New: anew})
	done()
	if err != nil {
		return err
	}
	if !made {
		a.Say("nothing has changed since backup %s", b.ID)
	}
	line := newBackupLine(b)
	if err := a.Page("backup-create", struct {
		backupLine
		Made bool `json:"made"`
	}{line, made}, line.properties()); err != nil {
		return err
	}
	if len(b.Damage) > 0 {
		return findings(exitFindings, "findings", "the backup was made; it is a true copy of a store in which something is damaged or missing: "+b.Damage[0])
	}
	if b.Named.Missing > 0 {
		if to == "" || shelf.IsAddress(to) {
			to = dir
		}
		return a.withoutContents(ctx, "the backup was made", in, to, []backup.Backup{b})
	}
	return nil
}

// makeBackup makes it in the store's directory, in another, or at a target, and gives the place.
func (a *app) makeBackup(ctx context.Context, dir string, opt recovery.CreateOptions) (in backupSource, b backup.Backup, made bool, err error) {
	if shelf.IsAddress(opt.To) {
		target, err := a.target(ctx, opt.To, opt.Progress)
		if err != nil {
			return nil, b, false, err
		}
		b, made, err = recovery.CreateOffsite(ctx, dir, target, opt)
		return target, b, made, err
	}
	b, made, err = recovery.Create(ctx, dir, opt)
	return a.catalog(cmp.Or(opt.To, dir)), b, made, err
}
