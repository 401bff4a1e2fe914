package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/pflag"
)

// targetForget is the flags of backup forget that are about targets.
type targetForget struct {
	grace    string
	alone    bool
	endHolds bool
}

func aloneFlag(f *pflag.FlagSet, alone *bool) {
	f.BoolVar(alone, "alone", false, "no other machine uses the target: remove without the lease that keeps two apart")
}

func (t *targetForget) flags(f *pflag.FlagSet) {
	f.StringVar(&t.grace, "grace", "", "at a target, how long contents stay that no backup needs any more: `DUR` (7d)")
	f.BoolVar(&t.endHolds, "end-copies", false, "at a target, end what backup run --contents-only keeps there; a store that goes on says it anew within an hour")
	aloneFlag(f, &t.alone)
}

func (t *targetForget) options(now time.Time) (opt offsite.ForgetOptions, err error) {
	opt.Alone, opt.EndHolds = t.alone, t.endHolds
	if t.grace == "" {
		return opt, nil
	}
	if opt.Grace, err = lasting(t.grace, now); err != nil {
		return opt, misuse("examples: 7d, 12h, 0s", "backup forget: --grace: %v", err)
	}
	if opt.Grace == 0 {
		opt.Grace = -1
	}
	return opt, nil
}

func (a *app) forgetAt(ctx context.Context, at string, args []string, policy backup.Policy, f targetForget, dryRun bool) error {
	opt, err := f.options(a.Now())
	if err != nil {
		return err
	}
	how, done := a.recoveryOptions()
	defer done()
	t, err := a.target(ctx, at, how.Progress)
	if err != nil {
		return err
	}
	var list []backup.Decision
	if len(args) > 0 {
		list, err = a.namedAt(ctx, t, args)
	} else {
		list, _, err = t.Rotate(ctx, policy, true, opt)
	}
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range list {
		if !d.Keep {
			ids = append(ids, d.ID)
		}
	}
	if dryRun {
		return a.printDecisions(list, true)
	}
	if len(ids) > 0 {
		if err := a.sure(ctx, dryRun, fmt.Sprintf("remove %d of %d backups from %s", len(ids), len(list), t)); err != nil {
			return err
		}
	}
	var c offsite.Collected
	if len(args) > 0 {
		c, err = t.Forget(ctx, ids, opt)
	} else {
		list, c, err = t.Rotate(ctx, policy, false, opt)
	}
	done()
	if err != nil {
		return err
	}
	a.sayCollected(c)
	return a.printDecisions(list, false)
}

// namedAt decides about backups by their ids. The newest good one goes only with all the others named.
func (a *app) namedAt(ctx context.Context, t *offsite.Target, ids []string) ([]backup.Decision, error) {
	list, err := t.List(ctx)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, id := range ids {
		b, err := t.Get(ctx, id)
		if err == nil {
			err = mayGo(b)
		}
		if err != nil {
			return nil, err
		}
		gone[b.ID] = true
	}
	newest, err := backup.LatestOf(list, a.Now())
	if err != nil && !errors.Is(err, backup.ErrNone) {
		return nil, err
	}
	if newest.Good() && gone[newest.ID] && len(gone) < len(list) {
		return nil, misuse("make another one first", "backup forget: %s is the newest good backup", newest.ID)
	}
	decisions := make([]backup.Decision, len(list))
	for i, b := range list {
		decisions[i] = backup.Decision{Backup: b, Keep: !gone[b.ID]}
	}
	return decisions, nil
}

func (a *app) sayCollected(c offsite.Collected) {
	switch {
	case c.WhyNot != "":
		a.Say("nothing else was collected: %s", term.OneLine(c.WhyNot))
	case c.Removed > 0:
		a.Say("collected %d objects that no backup needs, %s", c.Removed, term.Human(term.Size(c.Bytes), time.Time{}))
	}
	if c.Held > 0 {
		a.Say("%d objects that no backup needs stay for a store that copies its contents there; when that store is no more, --end-copies lets them go", c.Held)
	}
	if c.Waiting > 0 {
		a.Say("%d objects that no backup needs go when their grace period is over, with a later backup forget", c.Waiting)
	}
}
