package pages

import (
	"context"
	"errors"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
)

// TestCores: what somebody holds is not given to another.
func TestCores(t *testing.T) {
	c := make(Cores, 1)
	c <- struct{}{}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	err := c.On(t.Context(), func() error {
		return c.On(cancelled, func() error { t.Error("two on one core"); return nil })
	})
	if !errors.Is(err, context.Canceled) || len(c) != 1 {
		t.Errorf("%v, %d left", err, len(c))
	}
	failed := errors.New("no")
	if err := c.On(t.Context(), func() error { return failed }); err != failed || len(c) != 1 {
		t.Errorf("%v, %d left", err, len(c))
	}
}

// TestCoresSpared: a backup has one core from the moment that somebody wrote, and all of
// them again when nobody did for a while.
func TestCoresSpared(t *testing.T) {
	db, pool := backuptest.NewStore(t, 1)
	c := make(Cores, 4)
	for range cap(c) {
		c <- struct{}{}
	}
	stop, err := c.Spare(t.Context(), Source{File: db}, false)
	if err != nil {
		t.Fatal(err)
	}
	wait := func(left int, while func()) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); len(c) != left; time.Sleep(watchEvery / 5) {
			if while(); time.Now().After(end) {
				t.Fatalf("%d cores, want %d", len(c), left)
			}
		}
	}
	wait(1, func() { backuptest.Execute(t, pool, `INSERT INTO notes (title) VALUES ('new')`) })
	wait(4, func() {})
	stop()
	stop, err = c.Spare(t.Context(), Source{File: db}, true)
	if err != nil {
		t.Fatal(err)
	}
	wait(1, func() {})
	if stop(); len(c) != 4 {
		t.Errorf("%d cores are given back", len(c))
	}
}
