package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/internal/durable"
)

// Clock is the time that a Schedule lives in.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Schedule makes backups by itself. The zero value is good: one at the start, one
// every hour, one at the end, each only if something has changed; the default
// policy; a drill of the newest every week.
type Schedule struct {
	Options
	// Every is the time between two backups; 0 is an hour.
	Every time.Duration
	// Retry is the time after which one that failed is tried again; 0 is five
	// minutes, or Every if that is less.
	Retry time.Duration
	// Policy says what is kept; the zero one is backup.DefaultPolicy.
	Policy backup.Policy
	// DrillEvery is how old the last good drill may be; 0 is a week, less than 0 is
	// no drills.
	DrillEvery time.Duration
	// ShutdownTime is how long the backup at the end may take; 0 is two minutes.
	ShutdownTime time.Duration
	// To is a directory for backups that need nothing else, and New begins anew there: see
	// CreateOptions. New counts for the first cycle.
	To  string
	New bool
	// Offsite, if set, gives the target to which backups go, and not to To; it is asked in every
	// cycle. Alone says that no other machine uses it: see offsite.ForgetOptions.
	Offsite func(context.Context) (*offsite.Target, error)
	Alone   bool
	// Clock is the time; nil is the system's. It stands in for Options.Now.
	Clock Clock
	// Done, if set, is told of every cycle: what came of it, and the error of one
	// that failed. It is called on the goroutine of Run.
	Done func(Cycle, error)
}

// Cycle is one run of a schedule.
type Cycle struct {
	Reason  backup.Reason
	Backup  backup.Backup // the newest, made now or found to hold all there is
	Made    bool
	Removed []string // ids that the policy let go
	Drilled bool     // a drill was due, and went well
	// Verified says that all at the target was read instead, which could not be opened.
	Verified bool
	Future   []string // ids that are dated in the future: as long as there are any, none is removed
}

func (s Schedule) withDefaults() Schedule {
	if s.Every <= 0 {
		s.Every = time.Hour
	}
	if s.Retry <= 0 {
		s.Retry = min(5*time.Minute, s.Every)
	}
	if s.DrillEvery == 0 {
		s.DrillEvery = 7 * 24 * time.Hour
	}
	if s.ShutdownTime <= 0 {
		s.ShutdownTime = 2 * time.Minute
	}
	if s.Clock == nil {
		s.Clock = systemClock{}
	}
	s.Now = s.Clock.Now
	return s
}

// Run backs up the store in dir until ctx ends, and then once more. A cycle that
// fails is logged, told to Done, recorded in the catalog until one succeeds, and
// tried again after Retry; Run goes on. What it returns is the error of the last
// cycle, nil if the store was saved. Other programs, and this one, may use the
// store meanwhile; a restore finds the store locked for moments only.
func (s Schedule) Run(ctx context.Context, dir string) error {
	s = s.withDefaults()
	reason := backup.Startup
	for {
		wait := s.Every
		_, err := s.Once(ctx, dir, reason)
		if err == nil {
			reason, s.New = backup.Hourly, false
		} else if wait = s.Retry; ctx.Err() == nil {
			s.log().Error("backup failed", "store", dir, "reason", reason, "again_in", wait, "error", err)
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.ShutdownTime)
			defer cancel()
			_, err := s.Once(last, dir, backup.Shutdown)
			return err
		case <-s.Clock.After(wait):
		}
	}
}

// Once runs one cycle: a backup if anything has changed, then the policy, then a
// drill if one is due. What came of it is recorded: see backup.Catalog.Runs.
func (s Schedule) Once(ctx context.Context, dir string, reason backup.Reason) (c Cycle, err error) {
	s = s.withDefaults()
	c.Reason = reason
	err = s.cycle(ctx, dir, &c)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return c, err // stopped, which is no failure
	}
	record := s.catalog(dir).Ran(ctx, err) // beside the store, where its status looks
	if (s.To != "" || s.Offsite != nil) && (errors.Is(record, fs.ErrPermission) || durable.IsReadOnly(record)) {
		s.log().Warn("what came of the backup is not recorded beside the store", "reason", record)
		record = nil
	}
	err = errors.Join(err, record)
	if s.Done != nil {
		s.Done(c, err)
	}
	return c, err
}

func (s Schedule) cycle(ctx context.Context, dir string, c *Cycle) (err error) {
	if s.Offsite != nil {
		return s.offsiteCycle(ctx, dir, c)
	}
	create := CreateOptions{Options: s.Options, To: s.To, New: s.New, CreateOptions: backup.CreateOptions{Reason: c.Reason, IfChanged: true}}
	if c.Backup, c.Made, err = Create(ctx, dir, create); err != nil {
		return err
	}
	if s.To != "" {
		dir = s.To
	}
	list, err := s.catalog(dir).Rotate(ctx, s.Policy, false)
	if err != nil {
		return err
	}
	for _, d := range list {
		if !d.Keep {
			c.Removed = append(c.Removed, d.ID)
		}
		if d.FromFuture(s.Clock.Now()) {
			c.Future = append(c.Future, d.ID)
		}
	}
	if len(c.Future) > 0 {
		s.log().Warn("backups are dated in the future: none is removed until the clock is right", "ids", c.Future)
	}
	if c.Reason == backup.Shutdown || !s.due(list) {
		return nil
	}
	if _, err := RunDrill(ctx, dir, c.Backup.ID, s.Options); err != nil {
		return fmt.Errorf("the drill that was due: %w", err)
	}
	c.Drilled = true
	return nil
}

// due tells whether the last good drill is too long ago.
func (s Schedule) due(list []backup.Decision) bool {
	if s.DrillEvery < 0 {
		return false
	}
	for _, d := range list {
		if d.Drilled != nil && d.Drilled.OK && s.Clock.Now().Sub(d.Drilled.At).Abs() < s.DrillEvery {
			return false
		}
	}
	return true
}
