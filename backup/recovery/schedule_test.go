package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/schema"
)

// serving is a Schedule at work on a clock of its own.
type serving struct {
	t     *testing.T
	clock *clock
	stop  context.CancelFunc
	done  chan error
	told  chan string // reason, made or not, or failed
}

func serve(t *testing.T, dir string, clock *clock) *serving {
	ctx, stop := context.WithCancel(context.Background()) // one that "crashed" is never told
	s := &serving{t, clock, stop, make(chan error, 1), make(chan string, 100)}
	schedule := recovery.Schedule{Clock: clock, Policy: backup.Policy{Last: 50}, Done: func(c recovery.Cycle, err error) {
		what := "same"
		switch {
		case err != nil:
			what = "failed"
		case c.Made:
			what = "made"
		}
		if c.Drilled {
			what += " drilled"
		}
		s.told <- fmt.Sprint(c.Reason, " ", what)
	}}
	go func() { s.done <- schedule.Run(ctx, dir) }()
	return s
}

func (s *serving) want(told string, wait time.Duration) {
	s.t.Helper()
	if got := <-s.told; got != told {
		s.t.Errorf("%s, want %s", got, told)
	}
	if wait == 0 {
		return
	}
	if d := <-s.clock.asked; d != wait {
		s.t.Errorf("waits %v, want %v", d, wait)
	}
}

// TestSchedule: startup, hourly, a crash, startup again, shutdown; nothing without a
// change; a failure is tried again and recorded until one succeeds.
func TestSchedule(t *testing.T) {
	store := filled(t)
	clock := newClock()
	n := 0
	change := func() {
		n++
		fatal(t, store.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: fmt.Sprint("more", n)}, Title: "more", Status: "todo"}))
	}
	s := serve(t, store.Dir(), clock)
	s.want("startup made drilled", time.Hour)
	clock.move(time.Hour)
	s.want("hourly same", time.Hour)
	change()
	clock.move(time.Hour)
	s.want("hourly made", time.Hour)
	// It dies here: nobody tells it to end, its clock stands still. Another takes over.
	change()
	later := newClock()
	later.now = clock.Now()
	clock = later
	s = serve(t, store.Dir(), clock)
	s.want("startup made", time.Hour)

	change()
	away := store.Path() + ".away"
	fatal(t, os.Rename(store.Path(), away)) // as a disk that is not there
	clock.move(time.Hour)
	s.want("hourly failed", 5*time.Minute)
	clock.move(5 * time.Minute)
	s.want("hourly failed", 5*time.Minute)
	runs, err := store.Backups().Runs()
	if err != nil || runs.Failed == nil || runs.Failed.Times < 2 {
		t.Errorf("recorded %+v, %v", runs, err)
	}
	fatal(t, os.Rename(away, store.Path()))
	clock.move(5 * time.Minute)
	s.want("hourly made", time.Hour)
	if runs, err := store.Backups().Runs(); err != nil || runs.Failed != nil {
		t.Errorf("recorded %+v, %v", runs, err)
	}
	change()
	s.stop()
	s.want("shutdown made", 0)
	fatal(t, <-s.done)
	wantReasons(t, store, backup.Startup, backup.Hourly, backup.Startup, backup.Hourly, backup.Shutdown)
}

func wantReasons(t *testing.T, store *repo.Store, want ...backup.Reason) {
	t.Helper()
	list, err := store.Backups().List(t.Context())
	fatal(t, err)
	var got []backup.Reason
	for _, b := range slices.Backward(list) {
		got = append(got, b.Reason)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestScheduleDrills: one is due again after a week, and a bad one is a failure.
func TestScheduleDrills(t *testing.T) {
	store := filled(t)
	clock := newClock()
	s := recovery.Schedule{Clock: clock}
	c, err := s.Once(t.Context(), store.Dir(), backup.Hourly)
	if err != nil || !c.Made || !c.Drilled {
		t.Fatalf("%+v, %v", c, err)
	}
	clock.move(6 * 24 * time.Hour)
	if c, err = s.Once(t.Context(), store.Dir(), backup.Hourly); err != nil || c.Made || c.Drilled {
		t.Errorf("%+v, %v", c, err)
	}
	clock.move(2 * 24 * time.Hour)
	file := content(t, store.Dir())
	fatal(t, os.Rename(file, file+".away"))
	if c, err = s.Once(t.Context(), store.Dir(), backup.Hourly); !errors.Is(err, recovery.ErrBad) {
		t.Errorf("%+v, %v", c, err)
	}
	fatal(t, os.Rename(file+".away", file))
	if c, err = s.Once(t.Context(), store.Dir(), backup.Hourly); err != nil || !c.Made || !c.Drilled {
		t.Errorf("the bad one is made anew: %+v, %v", c, err)
	}
	list, err := store.Backups().List(t.Context())
	fatal(t, err)
	for _, b := range list {
		if !b.Good() {
			fatal(t, store.Backups().Remove(t.Context(), b.ID))
		}
	}
}
