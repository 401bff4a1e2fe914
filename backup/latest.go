package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Latest names the newest backup that is good, else the newest that is not
// known to be bad. Those that are dated in the future count only where there is
// nothing else: the clock was wrong when they were made, or is now, and a newer state
// may have an older date. So does what was backed up before a restore, which is what
// somebody wanted to get away from. There is none: ErrNone.
const Latest = "latest"

func (c *Catalog) latest(ctx context.Context) (Backup, error) {
	list, err := c.List(ctx)
	if err != nil {
		return Backup{}, err
	}
	now := c.opt.Now()
	wanted := func(b Backup) bool { return b.Good() && b.Reason != PreRestore }
	usable := func(b Backup) bool { return !b.Failed() }
	for _, future := range []bool{false, true} {
		for _, fits := range []func(Backup) bool{wanted, Backup.Good, usable} {
			i := slices.IndexFunc(list, func(b Backup) bool { return b.FromFuture(now) == future && fits(b) })
			if i >= 0 {
				return list[i], nil
			}
		}
	}
	if i := slices.IndexFunc(list, Backup.Known); i >= 0 && list[i].Unreadable != nil {
		return list[i], nil // only its state is damaged; who takes it verifies it
	}
	return Backup{}, noneOf(list)
}

// noneOf is why none of the backups can be taken. It is ErrNone only if all of them could be read: one
// that could not may be good.
func noneOf(list []Backup) error {
	if len(list) == 0 {
		return ErrNone
	}
	var reasons []string
	for _, b := range list {
		if err := b.Unopened(); err != nil {
			return fmt.Errorf("none of %d can be taken, and backup %s could not be read: %w", len(list), b.ID, err)
		}
		reasons = append(reasons, "backup "+b.ID+": "+b.Problem())
	}
	const told = 3
	if more := len(reasons) - told; more > 0 {
		reasons = append(reasons[:told], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: none of %d is sound (%s)", ErrNone, len(list), strings.Join(reasons, "; "))
}

// Unopened is why the manifest or the state of a backup could not be read though nothing says that it is
// damaged: the rights on it, or a disk that failed. Elsewhere it is nil.
func (b Backup) Unopened() error {
	if errors.Is(b.Unreadable, ErrCorrupt) {
		return nil
	}
	return b.Unreadable
}

// NewerUnopened is the error that a backup could not be read which is newer than the one at i of a list, or
// at all where i is -1: that one may be the one that is wanted.
func NewerUnopened(list []Backup, i int) error {
	if i < 0 {
		i = len(list)
	}
	for _, b := range list[:i] {
		if err := b.Unopened(); err != nil {
			return fmt.Errorf("backup %s could not be read: %w", b.ID, err)
		}
	}
	return nil
}

// FromFuture tells that a backup is dated after now.
func (b Backup) FromFuture(now time.Time) bool { return b.Known() && b.Created.After(now) }

// WhyNotLatest says why a backup that is newer than another one was not taken for
// Latest.
func (b Backup) WhyNotLatest(now time.Time) string {
	switch problem := b.Problem(); {
	case problem != "":
		return problem
	case b.FromFuture(now):
		return "it is dated in the future, and may be older than its date"
	case b.Reason == PreRestore:
		return "it is what was there before a restore"
	}
	return "another one was asked for"
}
