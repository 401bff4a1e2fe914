package backup

import (
	"context"
	"errors"
	"slices"

	"taskstore/backup/pages"
)

// Rotate removes what the policy does not keep, and says what it decided about
// each. A dry run removes nothing.
func (c *Catalog) Rotate(ctx context.Context, p Policy, dryRun bool) (list []Decision, err error) {
	defer pages.Wrap(&err, "rotate the backups in %s", c.dir)
	backups, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	if list, err = Decide(backups, p, c.opt.Now()); err != nil || dryRun {
		return list, err
	}
	ids := map[string]bool{}
	for _, d := range list {
		if !d.Keep {
			ids[d.ID] = true
		}
	}
	if len(ids) == 0 {
		return list, nil
	}
	return list, c.removeDecided(ctx, ids, p)
}

// removeDecided removes the oldest first. Under the lock it is looked again
// whether each may go: a pin may have come, or the newest good one gone.
func (c *Catalog) removeDecided(ctx context.Context, ids map[string]bool, p Policy) (err error) {
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := c.clean(); err != nil {
		return err
	}
	backups, err := c.List(ctx)
	if err != nil {
		return err
	}
	now, err := Decide(backups, p, c.opt.Now())
	if err != nil {
		return err
	}
	var leaving []string
	for _, d := range slices.Backward(now) {
		if !d.Keep && ids[d.ID] {
			leaving = append(leaving, d.ID)
		}
	}
	return c.remove(ctx, leaving)
}
