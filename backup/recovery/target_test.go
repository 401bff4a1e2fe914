package recovery_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/schema"
)

// TestTargetAway: where backups were and are not, because another directory is where
// their disk was, none is made unless it is asked for. A new place is told of.
func TestTargetAway(t *testing.T) {
	store := filled(t)
	disk := filepath.Join(t.TempDir(), "disk")
	place := filepath.Join(disk, "ts")
	var log bytes.Buffer
	n := 0
	create := func(anew bool) error {
		n++
		fatal(t, store.Tasks.Save(t.Context(), &schema.Task{Title: "more", Status: "todo"}))
		log.Reset()
		_, _, err := recovery.Create(t.Context(), store.Dir(), recovery.CreateOptions{To: place, New: anew,
			Options: recovery.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}})
		return err
	}
	count := func() int {
		list, err := repo.Backups(place, repo.Options{}).List(t.Context())
		fatal(t, err)
		return len(list)
	}
	fatal(t, create(false))
	if !strings.Contains(log.String(), "new place") {
		t.Errorf("the first time: %s", &log)
	}
	if fatal(t, create(false)); strings.Contains(log.String(), "place") || count() != 2 {
		t.Errorf("the second time: %s, %d", &log, count())
	}
	away := disk + ".away"
	fatal(t, os.Rename(disk, away))
	for _, there := range []string{"", disk, place} { // not even the directory, or the one of the disk, or an empty place
		if there != "" {
			fatal(t, os.MkdirAll(there, 0o700))
		}
		if err := create(false); !errors.Is(err, recovery.ErrAway) || !strings.Contains(err.Error(), place) {
			t.Errorf("%q: %v", there, err)
		}
	}
	if count() != 0 {
		t.Error("one was made")
	}
	schedule := recovery.Schedule{To: place}
	if _, err := schedule.Once(t.Context(), store.Dir(), backup.Hourly); !errors.Is(err, recovery.ErrAway) {
		t.Errorf("schedule: %v", err)
	}
	if runs, err := store.Backups().Runs(); err != nil || runs.Failed == nil {
		t.Errorf("runs: %+v, %v", runs, err)
	}
	fatal(t, errors.Join(create(true), create(false)))
	if count() != 2 {
		t.Errorf("begun anew: %d", count())
	}
	fatal(t, errors.Join(os.RemoveAll(disk), os.Rename(away, disk), create(false))) // the first disk is back
	if strings.Contains(log.String(), "another disk") || count() != 3 {
		t.Errorf("back: %s, %d", &log, count())
	}
}

// TestTargetEarlier: a place that an earlier version filled is no new one, and a mark
// that is damaged is one.
func TestTargetEarlier(t *testing.T) {
	store := filled(t)
	place := filepath.Join(t.TempDir(), "ts")
	mark := filepath.Join(place, "backups", "target.json")
	create := func() {
		_, _, err := recovery.Create(t.Context(), store.Dir(), recovery.CreateOptions{To: place})
		fatal(t, err)
	}
	create()
	for _, spoil := range []func() error{
		func() error { return os.Remove(mark) },
		func() error { return os.WriteFile(mark, []byte("{}\n"), 0o600) },
		func() error { return os.WriteFile(mark, nil, 0o600) },
		func() error { return os.Remove(filepath.Join(store.Dir(), "backups", "targets.json")) },
	} {
		fatal(t, spoil())
		create()
		if is, marked, err := repo.Backups(place, repo.Options{}).Target(); err != nil || !marked || is.ID == "" {
			t.Errorf("%+v, %v, %v", is, marked, err)
		}
	}
	if places, err := store.Backups().Places(); err != nil || len(places) != 1 || places[0].Path != place {
		t.Errorf("%+v, %v", places, err)
	}
}

// TestFutureTold: a run says which backups are dated in the future, because of which it
// removes none.
func TestFutureTold(t *testing.T) {
	store := filled(t)
	late := recovery.Options{Now: func() time.Time { return time.Now().AddDate(2, 0, 0) }}
	b, _, err := recovery.Create(t.Context(), store.Dir(), recovery.CreateOptions{Options: late})
	fatal(t, err)
	fatal(t, store.Tasks.Save(t.Context(), &schema.Task{Title: "more", Status: "todo"}))
	c, err := recovery.Schedule{DrillEvery: -1}.Once(t.Context(), store.Dir(), backup.Hourly)
	if err != nil || len(c.Future) != 1 || c.Future[0] != b.ID || len(c.Removed) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	r, err := recovery.Restore(t.Context(), filepath.Join(t.TempDir(), "x"), backup.Latest, recovery.RestoreOptions{From: store.Dir()})
	if err != nil || r.Backup.ID != c.Backup.ID || len(r.Newer) != 1 || r.Newer[0].WhyNotLatest(time.Now()) == "" {
		t.Errorf("%+v, %v", r, err)
	}
}
