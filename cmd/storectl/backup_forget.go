package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// keeping is the --keep flags.
type keeping struct {
	policy         backup.Policy
	within, safety string
}

func (k *keeping) flags(f *pflag.FlagSet) {
	f.IntVar(&k.policy.Last, "keep-last", 0, "the last `N`; -1 is all (10 if no --keep flag is given)")
	f.IntVar(&k.policy.Hourly, "keep-hourly", 0, "the last of each of `N` hours (24)")
	f.IntVar(&k.policy.Daily, "keep-daily", 0, "the last of each of `N` days (7)")
	f.IntVar(&k.policy.Weekly, "keep-weekly", 0, "the last of each of `N` weeks (5)")
	f.IntVar(&k.policy.Monthly, "keep-monthly", 0, "the last of each of `N` months (12)")
	f.IntVar(&k.policy.Yearly, "keep-yearly", 0, "the last of each of `N` years (3)")
	f.StringVar(&k.within, "keep-within", "", "all that are not older than `DUR` before the newest")
	f.StringVar(&k.safety, "keep-safety", "", "safety backups for `DUR` whatever the rest says (30d)")
}

// read makes a policy of the flags.
func (k *keeping) read(a *app, cmd *cobra.Command) (backup.Policy, error) {
	p := k.policy
	for name, into := range map[string]*time.Duration{"keep-within": &p.Within, "keep-safety": &p.Safety} {
		text, _ := cmd.Flags().GetString(name)
		if text == "" {
			continue
		}
		d, err := lasting(text, a.Now())
		if err != nil {
			return p, misuse("", "%s--%s: %v", commandName(cmd), name, err)
		}
		*into = d
	}
	given := false
	cmd.Flags().Visit(func(f *pflag.Flag) {
		given = given || strings.HasPrefix(f.Name, "keep-") && f.Name != "keep-safety"
	})
	if bare := p; given {
		if bare.Safety = 0; bare == (backup.Policy{}) {
			return p, misuse("say what to keep: --keep-last 10, --keep-daily 7, ...", "%sthese flags keep nothing", commandName(cmd))
		}
	}
	return p, nil
}

const forgetHelp = `Remove backups: those named, or those that the rules do not keep. The rules are restic's: --keep-last N keeps the last N,
--keep-daily N the last of each of N days that have one, and so on; a backup that one of them keeps stays. They count for
backups made by hand, by a schedule, and before something that could hurt each by themselves.

Whatever the rules say, these stay: the newest good one, pinned ones, safety backups of the last 30 days, ones that
cannot be read; and everything when a backup is dated in the future, for then the clock cannot be trusted.

A target (storectl backup target) may hold the backups of several stores: the rules are about those of this one. There contents that no backup needs any more go a week later (--grace DUR), with a later backup forget.
Those that backup run --contents-only keeps there begin to wait when their store has them no more: the grace period is how far back
the rows of another copy can go and find their contents.`

func (a *app) backupForget() *cobra.Command {
	var k keeping
	var from string
	var dryRun bool
	var there targetForget
	cmd := &cobra.Command{
		Use:               "forget [ID...]",
		Short:             "Remove the backups that the rules do not keep, or those named",
		Long:              forgetHelp,
		Example:           "  storectl backup forget --keep-last 10 --keep-daily 14 --keep-monthly 12 --dry-run",
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := k.read(a, cmd)
			if err != nil {
				return err
			}
			if a.opt.readOnly && !dryRun {
				return misuse("leave out --read-only, or add --dry-run", "backup forget: --read-only forbids it")
			}
			if shelf.IsAddress(from) {
				return a.forgetAt(cmd.Context(), from, args, policy, there, dryRun)
			}
			if there != (targetForget{}) {
				return misuse("give a target in --to", "backup forget: --grace, --alone and --end-copies are about targets")
			}
			dir, err := a.backupPlace(from)
			if err != nil {
				return err
			}
			catalog := a.catalog(dir)
			if len(args) > 0 {
				return a.forgetNamed(cmd.Context(), catalog, args, dryRun)
			}
			return a.forget(cmd.Context(), catalog, policy, dryRun)
		},
	}
	k.flags(cmd.Flags())
	there.flags(cmd.Flags())
	dryRunFlag(cmd, &dryRun, "only say what would be removed")
	fromFlag(cmd, &from)
	return cmd
}

func (a *app) forget(ctx context.Context, catalog *backup.Catalog, policy backup.Policy, dryRun bool) error {
	list, err := catalog.Rotate(ctx, policy, true)
	if err != nil {
		return err
	}
	n := 0
	for _, d := range list {
		if !d.Keep {
			n++
		}
	}
	if n > 0 && !dryRun {
		if err := a.sure(ctx, dryRun, fmt.Sprintf("remove %d of %d backups", n, len(list))); err != nil {
			return err
		}
		if list, err = catalog.Rotate(ctx, policy, false); err != nil {
			return err
		}
	}
	return a.printDecisions(list, dryRun)
}

// forgetNamed removes backups by their ids. The newest good one goes only with all the others named.
func (a *app) forgetNamed(ctx context.Context, catalog *backup.Catalog, ids []string, dryRun bool) error {
	list, err := catalog.List(ctx)
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	var strays []string
	for _, id := range ids {
		b, err := catalog.Get(ctx, id)
		if errors.Is(err, backup.ErrNone) && isStray(catalog, id) {
			strays = append(strays, id)
			continue
		}
		if err == nil {
			err = mayGo(b)
		}
		if err != nil {
			return err
		}
		gone[b.ID] = true
	}
	newest, err := catalog.Get(ctx, backup.Latest)
	if err != nil && !errors.Is(err, backup.ErrNone) {
		return err
	}
	if newest.Good() && gone[newest.ID] && len(gone) < len(list) && catalog.Verify(ctx, newest.ID, true, nil) == nil {
		return misuse("make another one first", "backup forget: %s is the newest good backup", newest.ID)
	}
	if err := a.sure(ctx, dryRun, fmt.Sprintf("remove %d of %d backups", len(gone)+len(strays), len(list)+len(strays))); err != nil {
		return err
	}
	if !dryRun {
		if err := catalog.RemoveStrays(ctx, strays...); err != nil {
			return err
		}
	}
	decisions := make([]backup.Decision, len(list))
	for i, b := range list {
		if decisions[i] = (backup.Decision{Backup: b, Keep: !gone[b.ID]}); gone[b.ID] && !dryRun {
			if err := catalog.Remove(ctx, b.ID); err != nil {
				return err
			}
		}
	}
	return a.printDecisions(decisions, dryRun)
}

// mayGo refuses to remove a backup that somebody has pinned.
func mayGo(b backup.Backup) error {
	if b.Known() && b.Unreadable != nil {
		return misuse("storectl backup verify "+b.ID+" looks at it", "backup forget: nobody knows whether %s is pinned: its state is damaged", b.ID)
	}
	if b.Pinned {
		return misuse("storectl backup unpin "+b.ID+" first", "backup forget: %s is pinned", b.ID)
	}
	return nil
}

// isStray tells whether files of a backup are there whose manifest is gone.
func isStray(catalog *backup.Catalog, id string) bool {
	names, err := catalog.Strays()
	return err == nil && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, id+".") })
}

// decisionLine says what became of a backup.
type decisionLine struct {
	ID      string        `json:"id"`
	Created term.Stamp    `json:"created"`
	Reason  backup.Reason `json:"reason"`
	Kept    bool          `json:"kept"`
	Why     []string      `json:"why"`
}

func (a *app) printDecisions(list []backup.Decision, dryRun bool) error {
	lines := make([]decisionLine, len(list))
	removed := 0
	for i, d := range list {
		lines[i] = decisionLine{d.ID, timeStamp(d.Created), d.Reason, d.Keep, orEmpty(d.Why)}
		if !d.Keep {
			removed++
		}
	}
	return a.Print(term.Result{Name: "backup-forget", Document: struct {
		DryRun  bool           `json:"dry_run"`
		Kept    int            `json:"kept"`
		Removed int            `json:"removed"`
		Backups []decisionLine `json:"backups"`
	}{dryRun, len(list) - removed, removed, lines},
		Columns: []term.Column{{Name: "id", Fixed: true}, {Name: "created"}, {Name: "reason"}, {Name: "state"}, {Name: "why"}},
		Rows: term.Each(lines, func(l decisionLine) []any {
			state := "kept"
			if !l.Kept {
				state = wouldBe("removed", dryRun)
			}
			return []any{l.ID, orNothing(l.Created), string(l.Reason), state, strings.Join(l.Why, ", ")}
		})})
}
