package recovery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite"
)

// offsiteCycle is a cycle of a schedule whose backups go to a target.
func (s Schedule) offsiteCycle(ctx context.Context, dir string, c *Cycle) error {
	to, err := s.Offsite(ctx)
	if err != nil {
		return err
	}
	create := CreateOptions{Options: s.Options, CreateOptions: backup.CreateOptions{Reason: c.Reason, IfChanged: true}}
	if c.Backup, c.Made, err = CreateOffsite(ctx, dir, to, create); err != nil {
		return err
	}
	if c.Reason == backup.Shutdown {
		return nil // there is little time
	}
	list, collected, err := to.Rotate(ctx, s.Policy, false, offsite.ForgetOptions{Alone: s.Alone})
	if errors.Is(err, offsite.ErrDenied) || errors.Is(err, offsite.ErrUnable) || errors.Is(err, offsite.ErrHeld) {
		s.log().Warn("no backup is removed at the target", "reason", err)
		list, err = nil, nil
	}
	if err != nil {
		return err
	}
	if collected.WhyNot != "" {
		s.log().Info("nothing was collected at the target", "reason", collected.WhyNot)
	}
	for _, d := range list {
		if !d.Keep {
			c.Removed = append(c.Removed, d.ID)
		}
		if d.FromFuture(s.Clock.Now()) {
			c.Future = append(c.Future, d.ID)
		}
	}
	return s.proveOffsite(ctx, to, c)
}

// proveAgain is after how long it is tried again to prove a target at which something was bad: all of it is read for that.
const proveAgain = 24 * time.Hour

// proveOffsite drills the newest backup if that is due. Without an identity it cannot be opened: then
// every byte that is there is read instead.
func (s Schedule) proveOffsite(ctx context.Context, to *offsite.Target, c *Cycle) error {
	known := to.Known()
	recent := func(at time.Time, long time.Duration) bool { return s.Clock.Now().Sub(at).Abs() < long }
	if s.DrillEvery < 0 || recent(latest(known.Drilled, known.Verified, to.Readable()), s.DrillEvery) || known.Problem != "" && recent(known.Failed, min(proveAgain, s.DrillEvery)) {
		return nil
	}
	if to.Readable() {
		if _, err := DrillOffsite(ctx, to, c.Backup.ID, s.Options); err != nil {
			return fmt.Errorf("the drill that was due: %w", err)
		}
		c.Drilled = true
		return nil
	}
	v, err := to.Verify(ctx, offsite.VerifyOptions{})
	if err != nil {
		return fmt.Errorf("the reading of the target that was due: %w", err)
	}
	if !v.OK() {
		return fmt.Errorf("the reading of the target that was due: %w", ErrBad)
	}
	c.Verified = true
	return nil
}

// latest is when the target was proven last, as far as it can be.
func latest(drilled, verified time.Time, readable bool) time.Time {
	if !readable && verified.After(drilled) {
		return verified
	}
	return drilled
}
