package offsite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/turns"
)

// unneeded leaves a content at the target that no backup needs, and that is to be collected; the next backup of the home
// needs it again.
func (m made) unneeded(t *testing.T, h *home) {
	t.Helper()
	first := h.mustPush(t, m.Target)
	list := h.list
	h.list = nil
	h.add(1)
	h.mustPush(t, m.Target)
	if _, err := m.Forget(t.Context(), []string{first.ID}, ForgetOptions{}); err != nil {
		t.Fatal(err)
	}
	h.list = list
	h.add(1)
}

// TestSleepingBackup: a machine that sleeps while it makes a backup, for longer than others believe that it is at work,
// finds out what was collected meanwhile, and sends it again.
func TestSleepingBackup(t *testing.T) {
	for _, moment := range []string{"database", "list", "manifest", "done"} {
		m, h := newPlace(t, true), newHome(t, 100, 7000)
		now, objs := m.clock()
		m.unneeded(t, h)
		other, slept := m.machine(t, objs, now, 0), false
		m.step = func(what string) {
			if what != moment || slept {
				return
			}
			slept = true
			*now = now.Add(turns.UsingLasts + 2*turns.Skew)
			if c, err := other.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || moment != "done" && c.Removed == 0 {
				t.Errorf("%s: %+v, %v", moment, c, err)
			}
		}
		b := h.mustPush(t, m.Target)
		if !slept {
			t.Errorf("%s never came", moment)
		}
		m.step = func(string) {}
		m.wantWhole(t, b, h)
	}
}

// TestSleepingForget: a machine that sleeps while it collects removes nothing afterwards: others count on it by then.
func TestSleepingForget(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	now, objs := m.clock()
	m.unneeded(t, h)
	other := m.machine(t, objs, now, 0)
	var b backup.Backup
	m.step = func(what string) {
		if what == "collect" {
			*now = now.Add(turns.LeaseLasts + 2*turns.Skew)
			b = h.mustPush(t, other)
		}
	}
	if _, err := m.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); !errors.Is(err, ErrHeld) {
		t.Errorf("it goes on: %v", err)
	}
	m.step = func(string) {}
	m.wantWhole(t, b, h)
}

// TestCopiedStore: a store that was copied to another machine, with all that it remembers, is another machine.
func TestCopiedStore(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	m.unneeded(t, h)
	memory := t.TempDir()
	if err := os.CopyFS(memory, os.DirFS(m.memory)); err != nil {
		t.Fatal(err)
	}
	other := m.open(t, m.objs(), Options{Memory: memory})
	use, err := m.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := other.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || c.WhyNot == "" || c.Removed > 0 {
		t.Errorf("while the other makes a backup: %+v, %v", c, err)
	}
	use.Done()
	_, _, release, err := m.turns().Take(t.Context(), "test", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Forget(t.Context(), nil, ForgetOptions{}); !errors.Is(err, ErrHeld) {
		t.Errorf("while the other forgets: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

// TestKilledHere: what a program of this store left when it was killed holds up no other one of it.
func TestKilledHere(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	m.unneeded(t, h)
	// The locks of other memories are held: those of the dead are not.
	dead := m.open(t, m.objs(), Options{Memory: t.TempDir(), Identity: m.identity})
	removing := m.open(t, m.objs(), Options{Memory: t.TempDir(), Identity: m.identity})
	if _, err := dead.Use(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := m.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || c.WhyNot == "" {
		t.Errorf("while it lives: %+v, %v", c, err)
	}
	if _, _, _, err := removing.turns().Take(t.Context(), "test", false); err != nil {
		t.Fatal(err)
	}
	begun := append(dead.Known().Begun, removing.Known().Begun...)
	if err := m.remember(func(k *Known) { k.Begun = begun }); err != nil {
		t.Fatal(err)
	}
	if c, err := m.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || c.Removed != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestWrongClocks: a machine whose clock is wrong by days believes neither that others have ended nor that a grace period
// is over.
func TestWrongClocks(t *testing.T) {
	for _, wrong := range []time.Duration{-10 * 24 * time.Hour, 10 * 24 * time.Hour} {
		m, h := newPlace(t, true), newHome(t, 100)
		now, objs := m.clock()
		m.unneeded(t, h)
		other := m.machine(t, objs, now, wrong)
		use, err := m.Use(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c, err := other.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || c.WhyNot == "" || c.Removed > 0 {
			t.Errorf("wrong by %v, while another makes a backup: %+v, %v", wrong, c, err)
		}
		use.Done()
		if c, err := other.Forget(t.Context(), nil, ForgetOptions{Grace: time.Hour}); err != nil || c.Waiting != 1 {
			t.Errorf("wrong by %v, within the grace period: %+v, %v", wrong, c, err)
		}
		_, _, release, err := m.turns().Take(t.Context(), "test", false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Forget(t.Context(), nil, ForgetOptions{}); !errors.Is(err, ErrHeld) {
			t.Errorf("wrong by %v, while another forgets: %v", wrong, err)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
	}
}

// TestOtherDisk: a backup that went to another disk than that of the target, in whose place that came, was not made.
func TestOtherDisk(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	m.step = func(what string) {
		if what == "manifest" {
			if err := errors.Join(os.Rename(m.dir, m.dir+"-away"), os.CopyFS(filepath.Join(m.dir, "other"), os.DirFS(m.memory))); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := h.push(t.Context(), m.Target); !errors.Is(err, ErrNotThere) {
		t.Errorf("it was made: %v", err)
	}
	if err := errors.Join(os.RemoveAll(m.dir), os.Rename(m.dir+"-away", m.dir)); err != nil {
		t.Fatal(err)
	}
}
