package backup

import (
	"context"
	"fmt"
	"slices"
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
	return LatestOf(list, c.opt.Now())
}

// LatestOf finds in a list, the newest first, what Latest names.
func LatestOf(list []Backup, now time.Time) (Backup, error) {
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
	if len(list) > 0 {
		return Backup{}, fmt.Errorf("%w: none of %d is sound", ErrNone, len(list))
	}
	return Backup{}, ErrNone
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
