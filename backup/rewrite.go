package backup

import (
	"context"
	"errors"

	"taskstore/backup/pages"
)

// Rewrite puts a backup of the database file db in the place of b: with its time, reason and
// pin, and with an id of its own. db is what b was unpacked to and something was taken out of.
// The new backup is verified as Create does it, and whole before b goes: a failure leaves b,
// a kill may leave both.
func (c *Catalog) Rewrite(ctx context.Context, b Backup, db string) (made Backup, err error) {
	defer pages.Wrap(&err, "write backup %s anew", b.ID)
	if !b.Known() {
		return made, b.Unreadable
	}
	if c.opt.Describe == nil {
		return made, errors.New("nobody tells what the copy holds: Describe is nil")
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := c.clean(); err != nil {
		return made, err
	}
	m := making{c: c, db: db, opt: CreateOptions{Reason: b.Reason, Pin: b.Pinned}}
	m.Created = b.Created
	if made, _, err = m.make(ctx); err != nil {
		return made, errors.Join(err, c.discard(m.ID))
	}
	if !b.Guards.IsZero() {
		made.Guards = b.Guards
		if err := c.writeState(made.ID, made.State); err != nil {
			return made, err
		}
	}
	return made, c.remove(ctx, []string{b.ID})
}
