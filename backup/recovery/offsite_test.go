package recovery_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/schema"
)

// away is a target in a directory that the store in dir remembers, whose clock can be moved.
func away(t *testing.T, dir string) (to *offsite.Target, place string, now *time.Time) {
	t.Helper()
	place, now = t.TempDir(), new(time.Time)
	*now = time.Now()
	opt := offsite.Options{Memory: recovery.OffsiteMemory(dir), Now: func() time.Time { return *now }}
	to, _, err := offsite.Init(t.Context(), shelf.OpenDir(place, nil), offsite.InitOptions{Options: opt, NewIdentity: true})
	fatal(t, err)
	return to, place, now
}

// TestUnchangedAndBad: a backup that is damaged at the target is not counted on because nothing has changed since.
func TestUnchangedAndBad(t *testing.T) {
	s := filled(t)
	to, place, _ := away(t, s.Dir())
	unchanged := recovery.CreateOptions{CreateOptions: backup.CreateOptions{IfChanged: true}}
	create := func(want bool) backup.Backup {
		t.Helper()
		b, made, err := recovery.CreateOffsite(t.Context(), s.Dir(), to, unchanged)
		if err != nil || made != want {
			t.Fatalf("made %v, %v", made, err)
		}
		return b
	}
	first := create(true)
	create(false)
	found, err := filepath.Glob(filepath.Join(place, "backups", first.ID+".db.zst.*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	write(t, found[0], []byte("rubbish"))
	if v, err := to.Verify(t.Context(), offsite.VerifyOptions{}); err != nil || v.OK() {
		t.Fatalf("%+v, %v", v, err)
	}
	second := create(true)
	if again := create(false); again.ID != second.ID || again.ID == first.ID {
		t.Errorf("it counts on %s", again.ID)
	}
	if v, err := to.Verify(t.Context(), offsite.VerifyOptions{IDs: []string{second.ID}}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
}

// at is a clock that a test moves.
type at struct{ now *time.Time }

func (a at) Now() time.Time                       { return *a.now }
func (at) After(d time.Duration) <-chan time.Time { return time.After(d) }

// TestProvenInTime: what is bad at a target is found again in the cycles of another day, and not in each that comes next:
// all of it is read for that. A proof of the future counts for nothing.
func TestProvenInTime(t *testing.T) {
	s := filled(t)
	to, place, now := away(t, s.Dir())
	schedule := recovery.Schedule{Clock: at{now}, Policy: backup.Policy{Last: 10}, Offsite: func(context.Context) (*offsite.Target, error) { return to, nil }}
	once := func(what string, passed time.Duration, verified, bad bool) backup.Backup {
		t.Helper()
		*now = now.Add(passed)
		c, err := schedule.Once(t.Context(), s.Dir(), backup.Hourly)
		if c.Verified != verified || errors.Is(err, recovery.ErrBad) != bad || err != nil && !bad {
			t.Errorf("%s: %+v, %v", what, c, err)
		}
		return c.Backup
	}
	const day = 24 * time.Hour
	first := once("the first", 0, true, false)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n2"}, Content: "another"}))
	once("an hour later", time.Hour, false, false)
	found, err := filepath.Glob(filepath.Join(place, "backups", first.ID+".db.zst.*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	whole, err := os.ReadFile(found[0])
	fatal(t, err)
	write(t, found[0], []byte("rubbish"))
	once("a week later", 7*day, false, true)
	once("five minutes later", 5*time.Minute, false, false)
	once("a day later", day, false, true)
	write(t, found[0], whole)
	once("when it is whole", day, true, false)
	once("a year ahead", 365*day, true, false)
	once("back from there", -365*day, true, false)
}

// TestHoldUnreadable: a content that cannot be read any more in the store stays at the target.
func TestHoldUnreadable(t *testing.T) {
	s := filled(t)
	info, err := s.Contents.Put(t.Context(), bytes.NewReader(make([]byte, 20000)), "")
	fatal(t, err)
	to, _, now := away(t, s.Dir())
	hold := func() recovery.Copied {
		t.Helper()
		c, err := recovery.HoldContents(t.Context(), s.Dir(), to)
		fatal(t, err)
		return c
	}
	if c := hold(); c.Copied != 2 || len(c.Unreadable) > 0 {
		t.Errorf("%+v", c)
	}
	found, err := filepath.Glob(filepath.Join(escape(repo.BlobsDir(s.Dir())), info.SHA256[:2], info.SHA256+".zst"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	whole, err := os.ReadFile(found[0])
	fatal(t, err)
	fatal(t, os.Chmod(found[0], 0o600))
	write(t, found[0], make([]byte, len(whole)))
	*now = now.Add(25 * time.Hour)
	if c := hold(); len(c.Unreadable) != 1 || c.Contents != 2 {
		t.Errorf("%+v", c)
	}
	if c, err := to.Forget(t.Context(), nil, offsite.ForgetOptions{Grace: -1}); err != nil || c.Removed > 0 || c.Held != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	write(t, found[0], whole)
}
