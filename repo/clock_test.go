package repo_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// clocked opens a store with a clock of its own.
func clocked(t *testing.T, dir string, now *time.Time, log *bytes.Buffer) *repo.Store {
	t.Helper()
	return testdb.Reopen(t, dir, func(o *repo.Options) {
		o.Now = func() time.Time { return *now }
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
}

// change changes note a once.
func change(t *testing.T, s *repo.Store) {
	t.Helper()
	_, err := s.Notes.Modify(t.Context(), "a", func(n *schema.Note) error { n.Content += "."; return nil })
	fatal(t, err)
}

func wantStates(t *testing.T, when string, s *repo.Store, want int) {
	t.Helper()
	if list, err := s.Notes.History(t.Context(), "a"); err != nil || len(list) != want {
		t.Errorf("%s: %d revisions are kept, want %d, %v", when, len(list), want, err)
	}
}

// TestClockAheadKeepsHistory: a clock that jumps ahead by a year does not end the history at the next
// opening. After a day of use in the new time it counts.
func TestClockAheadKeepsHistory(t *testing.T) {
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	dir := testdb.Open(t).Dir()
	s := clocked(t, dir, &now, &log)
	_, err := s.History.SetRetention(t.Context(), 30*24*time.Hour)
	fatal(t, err)
	fatal(t, s.Notes.Save(t.Context(), note("a", "")))
	for range 5 {
		now = now.Add(24 * time.Hour)
		change(t, s)
	}
	fatal(t, s.Close())
	right := now
	now = now.AddDate(1, 0, 0)
	s = clocked(t, dir, &now, &log)
	wantStates(t, "a year ahead", s, 5)
	if !strings.Contains(log.String(), "the clock is wrong") {
		t.Errorf("nothing is said: %s", &log)
	}
	change(t, s)
	fatal(t, s.Close())
	s = clocked(t, dir, &now, &log)
	wantStates(t, "a year ahead, after a change", s, 6)
	fatal(t, s.Close())
	now = right.Add(time.Hour)
	s = clocked(t, dir, &now, &log)
	change(t, s)
	wantStates(t, "back again", s, 7)
	fatal(t, s.Close())
	now = right.AddDate(1, 0, 3)
	s = clocked(t, dir, &now, &log)
	wantStates(t, "a year later in truth", s, 1) // the one that was made a year ahead
}

// TestClockBack: a clock that goes back by a year. Revisions go on, what is saved last is what is read, a backup that
// was made then is the latest one, none is removed, and a lock that was taken in the future does not hold for a year.
func TestClockBack(t *testing.T) {
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	dir := testdb.Open(t).Dir()
	s := clocked(t, dir, &now, &log)
	newSession(t, s)
	fatal(t, s.Notes.Save(t.Context(), note("a", "")))
	change(t, s)
	_, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute)
	fatal(t, err)
	for i := range 3 {
		now = now.Add(time.Hour)
		_, _, err := s.Backup(t.Context(), backup.CreateOptions{Reason: backup.Hourly})
		fatal(t, err)
		fatal(t, s.Notes.Save(t.Context(), note(fmt.Sprint("n", i), "")))
	}
	now = now.AddDate(-1, 0, 0)
	if _, err := s.Sessions.Lock(t.Context(), "s", "other", time.Minute); err != nil {
		t.Errorf("a lock from the future: %v", err)
	}
	if _, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("a lock of now: %v", err)
	}
	now = now.Add(-30 * time.Second) // a clock that is put right by a little
	if _, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("a lock of a moment ahead: %v", err)
	}
	change(t, s)
	n, err := s.Notes.Get(t.Context(), "a")
	if err != nil || n.Rev != 3 || n.Content != ".." {
		t.Errorf("%+v, %v", n, err)
	}
	wantStates(t, "a year back", s, 2)
	b, _, err := s.Backup(t.Context(), backup.CreateOptions{Reason: backup.Hourly})
	fatal(t, err)
	if latest, err := s.Backups().Get(t.Context(), backup.Latest); err != nil || latest.ID != b.ID {
		t.Errorf("the latest is %s, not %s, %v", latest.ID, b.ID, err)
	}
	if list, err := s.Backups().Rotate(t.Context(), backup.Policy{Last: 1}, false); err != nil || len(list) != 4 || !list[3].Keep {
		t.Errorf("rotated: %+v, %v", list, err)
	}
	fatal(t, s.Close())
	s = clocked(t, dir, &now, &log)
	wantStates(t, "opened a year back", s, 2)
}
