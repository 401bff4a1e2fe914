package main

import (
	"context"
	"errors"
	"fmt"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// verifiedLine is a backup that was verified.
type verifiedLine struct {
	ID      string `json:"id"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
	Missing int64  `json:"blobs_missing"` // contents that were not there when it was made
}

func (a *app) backupVerify() *cobra.Command {
	var from string
	var all bool
	var there targetVerify
	cmd := &cobra.Command{
		Use:   "verify [ID|latest]",
		Short: "Read a backup and look for the contents that it names",
		Long: `Read a backup from beginning to end and compare every byte with what was written; look whether the contents that it
names are there (backup drill reads them). Without an ID the newest one, with --all every one. Exit code 14: one is bad; 3:
contents are missing that were not there either when it was made.

Of a target (storectl backup target) the contents are read, too: with --all everything that is there, on from where the last
reading was stopped; a part of it by chance with --sample 5%. No key is needed. --heal puts what the store has in the place of
what is damaged or missing.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return misuse("use one of them", "backup verify: --all and an ID exclude each other")
			}
			if shelf.IsAddress(from) {
				return a.verifyTarget(cmd.Context(), from, args, all, there)
			}
			if there != (targetVerify{}) {
				return misuse("give a target in --to, or use blob verify", "backup verify: --sample, --heal and --anew are about targets")
			}
			return a.verifyBackups(cmd.Context(), from, args, all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every backup")
	there.flags(cmd.Flags())
	fromFlag(cmd, &from)
	return cmd
}

// someBackups are the backups that a command means: all, the one named, or the newest, sound or not.
func (a *app) someBackups(ctx context.Context, catalog backupSource, args []string, all bool) ([]backup.Backup, error) {
	if len(args) == 1 && args[0] != backup.Latest {
		b, err := catalog.Get(ctx, args[0])
		return []backup.Backup{b}, err
	}
	list, err := catalog.List(ctx)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: %s holds none", backup.ErrNone, catalog)
	}
	if err == nil && !all {
		list = list[:1]
	}
	return list, err
}

func (a *app) verifyBackups(ctx context.Context, from string, args []string, all bool) error {
	dir, err := a.backupPlace(from)
	if err != nil {
		return err
	}
	list, err := a.someBackups(ctx, a.catalog(dir), args, all)
	if err != nil {
		return err
	}
	opt, done := a.recoveryOptions()
	lines := make([]verifiedLine, 0, len(list))
	bad := 0
	var lacking []backup.Backup
	for _, b := range list {
		_, err := recovery.Verify(ctx, dir, b.ID, opt)
		line := verifiedLine{ID: b.ID, OK: err == nil, Missing: b.Named.Missing}
		if err == nil && b.Named.Missing > 0 {
			lacking = append(lacking, b)
		}
		switch {
		case errors.Is(err, recovery.ErrBad):
			line.Problem = term.OneLine(err.Error())
			bad++
		case errors.Is(err, backup.ErrNone) && all:
			continue // rotated out meanwhile
		case err != nil:
			done()
			return err
		}
		lines = append(lines, line)
	}
	done()
	if err := a.printVerified(lines, bad == 0); err != nil {
		return err
	}
	if bad == 0 {
		return a.withoutContents(ctx, fmt.Sprintf("%s %s what was written", counted(len(lines), "backup"), verb(int64(len(lines)), "is", "are")), a.catalog(dir), dir, lacking)
	}
	return findings(exitVerify, "bad_backup", fmt.Sprintf("%d of %d backups are bad", bad, len(lines)))
}

func (a *app) printVerified(lines []verifiedLine, ok bool) error {
	return a.Print(term.Result{Name: "backup-verify", Document: struct {
		OK      bool           `json:"ok"`
		Backups []verifiedLine `json:"backups"`
	}{ok, lines},
		Columns: verifiedColumns, Rows: term.Each(lines, verifiedLine.row)})
}

var verifiedColumns = []term.Column{{Name: "id", Fixed: true}, {Name: "ok"}, {Name: "problem"}}

func (l verifiedLine) row() []any {
	problem := any(nil)
	if l.Problem != "" {
		problem = l.Problem
	}
	return []any{l.ID, l.OK, problem}
}
