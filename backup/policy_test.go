package backup

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/packed"

	"pgregory.net/rapid"
)

// history draws backups of any reasons, fates and times: mostly one after the other,
// at times with jumps of the clock, forward and back.
func history(t *rapid.T) []Backup {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var list []Backup
	for i := range rapid.IntRange(0, 60).Draw(t, "n") {
		switch rapid.IntRange(0, 19).Draw(t, "jump") {
		case 0:
			now = now.Add(time.Duration(rapid.IntRange(-400, 400).Draw(t, "days")) * 24 * time.Hour)
		case 1, 2:
			now = now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "days")) * 24 * time.Hour)
		default:
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute)
		}
		b := Backup{Manifest: Manifest{ID: fmt.Sprint(i), Created: now, Reason: rapid.SampledFrom(Reasons()).Draw(t, "reason"), DB: packed.Stored{SHA256: "x"}}}
		b.Verified = Outcome{At: now, OK: rapid.IntRange(0, 9).Draw(t, "bad") > 0}
		b.Pinned = rapid.IntRange(0, 9).Draw(t, "pin") == 0
		if rapid.IntRange(0, 19).Draw(t, "damaged") == 0 {
			b.Damage = []string{"a row"}
		}
		if rapid.IntRange(0, 19).Draw(t, "unreadable") == 0 {
			b = Backup{Manifest: Manifest{ID: b.ID}, Unreadable: ErrCorrupt}
		}
		list = append(list, b)
	}
	return list
}

func drawPolicy(t *rapid.T) Policy {
	n := func(name string) int { return rapid.IntRange(-1, 5).Draw(t, name) }
	return Policy{Last: n("last"), Hourly: n("hourly"), Daily: n("daily"), Weekly: n("weekly"), Monthly: n("monthly"), Yearly: n("yearly"),
		Within: time.Duration(rapid.IntRange(0, 72).Draw(t, "within")) * time.Hour}
}

// TestPolicy: what must never be removed is not, whatever the policy, the history
// and the clocks.
func TestPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, p := history(t), drawPolicy(t)
		newest := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, b := range list {
			if b.Created.After(newest) {
				newest = b.Created
			}
		}
		now := newest.Add(time.Duration(rapid.IntRange(-48, 2000).Draw(t, "later")) * time.Hour)
		got, err := Decide(list, p, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(list) {
			t.Fatalf("%d decisions about %d backups", len(got), len(list))
		}
		wantProtected(t, got, now, newest)
		wantCounted(t, got, p)
		var kept []Backup
		for _, d := range got {
			if d.Keep {
				kept = append(kept, d.Backup)
			}
		}
		again, err := Decide(kept, p, now)
		if err != nil || slices.ContainsFunc(again, func(d Decision) bool { return !d.Keep }) {
			t.Fatalf("a second time: %+v, %v", again, err)
		}
	})
}

func wantProtected(t *rapid.T, list []Decision, now, newest time.Time) {
	good := true
	for _, d := range list {
		young := now.Sub(d.Created) < safetyAge
		must := d.Pinned || d.Unreadable != nil || d.Reason.Safety() && young || newest.After(now) || d.Failed() && good
		if d.Good() && good {
			must, good = true, false
		}
		if must && !d.Keep {
			t.Fatalf("removed: %+v at %v", d, now)
		}
		if d.Keep != (len(d.Why) > 0) {
			t.Fatalf("kept %v, because %v", d.Keep, d.Why)
		}
	}
}

// wantCounted: the last so many that are not bad are kept, in each group.
func wantCounted(t *rapid.T, list []Decision, p Policy) {
	for _, in := range []func(Reason) bool{scheduled, byHand, Reason.Safety} {
		n := 0
		for _, d := range list {
			if d.Failed() || !in(d.Reason) {
				continue
			}
			if n++; (n <= p.Last || p.Last == -1) && !d.Keep {
				t.Fatalf("not among the last %d: %+v", p.Last, d)
			}
		}
	}
}

// TestPolicyWords compares the words with what they mean, on hourly backups of
// three years.
func TestPolicyWords(t *testing.T) {
	now := time.Date(2026, 7, 15, 12, 30, 0, 0, time.UTC)
	var list []Backup
	for at := now.Add(-30 * time.Minute); at.After(now.AddDate(-3, 0, 0)); at = at.Add(-time.Hour) {
		list = append(list, Backup{Manifest: Manifest{ID: at.Format(time.DateTime), Created: at, Reason: Hourly, DB: packed.Stored{SHA256: "x"}}, State: State{Verified: Outcome{OK: true}}})
	}
	for _, c := range []struct {
		p    Policy
		want []string
	}{
		{Policy{Last: 2}, []string{"2026-07-15 12:00:00", "2026-07-15 11:00:00"}},
		{Policy{Hourly: 2}, []string{"2026-07-15 12:00:00", "2026-07-15 11:00:00"}},
		{Policy{Daily: 3}, []string{"2026-07-15 12:00:00", "2026-07-14 23:00:00", "2026-07-13 23:00:00"}},
		{Policy{Weekly: 2}, []string{"2026-07-15 12:00:00", "2026-07-12 23:00:00"}},
		{Policy{Monthly: 2}, []string{"2026-07-15 12:00:00", "2026-06-30 23:00:00"}},
		{Policy{Yearly: -1}, []string{"2026-07-15 12:00:00", "2025-12-31 23:00:00", "2024-12-31 23:00:00", "2023-12-31 23:00:00"}},
		{Policy{Within: 2 * time.Hour}, []string{"2026-07-15 12:00:00", "2026-07-15 11:00:00", "2026-07-15 10:00:00"}},
	} {
		got, err := Decide(list, c.p, now)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, d := range got {
			if d.Keep {
				kept = append(kept, d.ID)
			}
		}
		if !slices.Equal(kept, c.want) {
			t.Errorf("%+v keeps %v", c.p, kept)
		}
	}
	if _, err := Decide(list, Policy{Last: -2}, now); !errors.Is(err, ErrPolicy) {
		t.Errorf("less than nothing: %v", err)
	}
}

func TestRotate(t *testing.T) {
	db, pool := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	for range 6 {
		create(t, c, db, CreateOptions{Reason: Hourly})
		backuptest.Add(t, pool, 1)
	}
	safety := create(t, c, db, CreateOptions{Reason: PreImport})
	manual := create(t, c, db, CreateOptions{})
	before := backuptest.Files(t, c.Dir())
	dry, err := c.Rotate(t.Context(), Policy{Last: 2}, true)
	if err != nil || !slices.Equal(before, backuptest.Files(t, c.Dir())) {
		t.Fatalf("a dry run: %v", err)
	}
	done, err := c.Rotate(t.Context(), Policy{Last: 2}, false)
	if err != nil || len(done) != len(dry) {
		t.Fatal(err)
	}
	l := list(t, c)
	if len(l) != 4 || l[0].ID != manual.ID || l[1].ID != safety.ID {
		t.Errorf("left %+v", l)
	}
	if n := len(backuptest.Files(t, c.Dir())); n != 1+4*4 {
		t.Errorf("%v", backuptest.Files(t, c.Dir()))
	}
	c.opt.Now = func() time.Time { return l[0].Created.Add(-time.Hour) } // the clock went back
	if _, err := c.Rotate(t.Context(), Policy{Last: 1}, false); err != nil || len(list(t, c)) != 4 {
		t.Errorf("left %d, %v", len(list(t, c)), err)
	}
}

var manyBackups = flag.Int("many", 500, "how many backups TestManyBackups makes")

// TestManyBackups: many are listed and rotated quickly. The files are
// links to those of one.
func TestManyBackups(t *testing.T) {
	many := *manyBackups
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	one := create(t, c, db, CreateOptions{Reason: Hourly})
	for i := range many {
		m := one.Manifest
		m.Created = one.Created.Add(-time.Duration(i+1) * time.Hour)
		m.ID = strings.Replace(m.Created.Format("20060102-150405.000"), ".", "-", 1) + "-0000"
		text, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		for suffix, write := range map[string]func(name string) error{
			manifestFile: func(name string) error { return os.WriteFile(name, text, 0o600) },
			dbFile:       func(name string) error { return os.Link(c.path(one.ID, dbFile), name) },
			contentsFile: func(name string) error { return os.Link(c.path(one.ID, contentsFile), name) },
			stateFile:    func(string) error { return c.writeState(m.ID, one.State) },
		} {
			if err := write(c.path(m.ID, suffix)); err != nil {
				t.Fatal(err)
			}
		}
	}
	began := time.Now()
	if l := list(t, c); len(l) != many+1 || !l[many].Good() {
		t.Fatalf("%d listed", len(l))
	}
	listed := time.Since(began)
	n := 0
	for _, err := range Contents(t.Context(), c.Dir()) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	named := time.Since(began) - listed
	if _, err := c.Rotate(t.Context(), Policy{Last: 10, Daily: 30}, false); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began) - listed - named
	t.Logf("%d backups: list %v, contents %v, rotate %v", many, listed, named, took)
	if left := len(list(t, c)); left < 25 || left > 45 || n != 3 {
		t.Errorf("%d left, %d contents", left, n)
	}
	if listed > 20*time.Second || took > 2*time.Minute {
		t.Errorf("that is slow")
	}
}

// TestManifestIsText: the manifest is JSON for whoever looks.
func TestManifestIsText(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	b := create(t, c, db, CreateOptions{})
	text, err := os.ReadFile(c.path(b.ID, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var outer struct{ Manifest Manifest }
	if err := json.Unmarshal(text, &outer); err != nil || outer.Manifest.ID != b.ID || outer.Manifest.DB != b.DB {
		t.Errorf("%v: %s", err, text)
	}
}
