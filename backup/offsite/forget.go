package offsite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/turns"
)

// ForgetOptions says what may go.
type ForgetOptions struct {
	// Grace is how long what nobody needs any more stays, after it was first seen so; 0 is a
	// week, less than 0 nothing.
	Grace time.Duration
	// EndHolds ends what Hold has said of every store. One that goes on says it anew within an hour.
	EndHolds bool
	// Alone says that no other machine uses the target: then no lease is taken.
	Alone bool
}

const defaultGrace = 7 * 24 * time.Hour

// Collected is what became of objects that no backup needs.
type Collected struct {
	Removed int   `json:"removed"` // objects
	Bytes   int64 `json:"bytes"`
	Waiting int   `json:"waiting"` // go when the grace period is over
	Held    int   `json:"held"`    // stay for a store that holds them: see Hold
	// WhyNot says why nothing was collected; "" if it was looked.
	WhyNot string `json:"why_not,omitempty"`
}

// Rotate forgets what a policy does not keep of this store's backups, and collects what no backup needs then. A dry run
// only decides.
func (t *Target) Rotate(ctx context.Context, p backup.Policy, dryRun bool, opt ForgetOptions) (list []backup.Decision, c Collected, err error) {
	defer t.explain(&err)
	if dryRun {
		all, err := t.List(ctx)
		if err == nil {
			list, err = t.decide(ctx, all, p)
		}
		return list, c, err
	}
	c, err = t.forgetting(ctx, opt, func(ctx context.Context, all []backup.Backup) (ids []string, err error) {
		if list, err = t.decide(ctx, all, p); err != nil {
			return nil, err
		}
		for _, d := range slices.Backward(list) {
			if !d.Keep {
				ids = append(ids, d.ID)
			}
		}
		return ids, nil
	})
	return list, c, err
}

// Forget removes backups, and collects what no other needs.
func (t *Target) Forget(ctx context.Context, ids []string, opt ForgetOptions) (c Collected, err error) {
	defer t.explain(&err)
	return t.forgetting(ctx, opt, func(context.Context, []backup.Backup) ([]string, error) { return ids, nil })
}

// forgetting removes, under the lease, the backups that which names of all that are there. When it is
// interrupted each backup is there whole or not at all: its manifest goes first.
func (t *Target) forgetting(ctx context.Context, opt ForgetOptions, which func(context.Context, []backup.Backup) ([]string, error)) (c Collected, err error) {
	ctx, l, release, err := t.turns().Take(ctx, "backup forget", opt.Alone)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(causeOf(ctx, err), release()) }()
	all, err := t.List(ctx)
	if err != nil {
		return c, err
	}
	ids, err := which(ctx, all)
	if err != nil {
		return c, err
	}
	if err := t.removeBackups(ctx, l, ids); err != nil {
		return c, err
	}
	if opt.EndHolds {
		if err := t.deleteAll(ctx, holdBase); err != nil {
			return c, t.mayNot(err)
		}
	}
	var kept []string
	for _, b := range all {
		if !slices.Contains(ids, b.ID) {
			kept = append(kept, b.ID)
		}
	}
	return t.collect(ctx, l, kept, opt)
}

// causeOf is why the work was ended, if it was.
func causeOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// removeBackups removes the manifests of all, and then what belongs to them alone.
func (t *Target) removeBackups(ctx context.Context, l *turns.Lease, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		t.step("hide")
		if err := l.Held(); err != nil {
			return err
		}
		if err := t.deleteAll(ctx, backupsFolder+id+manifestSuffix); err != nil {
			return t.mayNot(err)
		}
	}
	for _, id := range ids { // that a server has answered so proves nothing
		if left, err := t.pieces.Streams(ctx, backupsFolder+id+manifestSuffix); err != nil {
			return err
		} else if len(left) > 0 {
			return t.no(fmt.Errorf("%w: it said that it had deleted a manifest, and still has it", ErrRefused), "a bucket that is locked keeps what was put for as long as its rule says")
		}
	}
	for _, id := range ids {
		t.step("remove")
		if err := l.Held(); err != nil {
			return err
		}
		if err := t.deleteAll(ctx, backupsFolder+id); err != nil {
			return t.mayNot(err)
		}
	}
	return t.deleteStates(ctx, ids)
}

func (t *Target) deleteAll(ctx context.Context, prefix string) error {
	return t.deleteSome(ctx, prefix, func(string) bool { return true })
}

// deleteSome removes the objects below a prefix whose names are to go.
func (t *Target) deleteSome(ctx context.Context, prefix string, goes func(name string) bool) error {
	var names []string
	for o, err := range t.objs.List(ctx, prefix, "") {
		if err != nil {
			return err
		}
		if goes(o.Name) {
			names = append(names, o.Name)
		}
	}
	for _, name := range names {
		if err := t.objs.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// deleteStates removes what was said of backups: names that end in their ids.
func (t *Target) deleteStates(ctx context.Context, ids []string) error {
	return t.deleteSome(ctx, stateFolder, func(name string) bool {
		is, _ := pieces.ParseName(name)
		return slices.ContainsFunc(ids, func(id string) bool { return strings.HasSuffix(is.Base, "-"+id) })
	})
}

// mayNot says what keys that can only add are good for.
func (t *Target) mayNot(err error) error {
	if !errors.Is(err, ErrDenied) {
		return err
	}
	return t.no(fmt.Errorf("forget: %w", err), "these keys can only add, so that a thief of them removes nothing: create, verify and drill work with them; "+
		"run backup forget with keys that may delete, or let a rule of the bucket do it")
}
