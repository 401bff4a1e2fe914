package offsite

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
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

// TestVerifyGoesOnWithNew: a reading that goes on reads what came since it began, also where it has been already.
func TestVerifyGoesOnWithNew(t *testing.T) {
	m, h := newPlace(t, true), newHome(t)
	now, objs := m.clock()
	for i := range 2 * batch {
		h.put(t, 20+i)
	}
	h.mustPush(t, m.Target)
	*now = now.Add(time.Minute)
	last := m.files(t, "")
	r := reading{Until: last[len(last)-1], Began: *now}
	if err := m.noteReading(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Minute)
	before := maps.Clone(objs.(clocked).at)
	h.put(t, 5)
	b := h.mustPush(t, m.Target)
	for _, name := range m.files(t, contentsFolder) {
		if _, old := before[name]; !old {
			m.spoil(t, name, flip)
		}
	}
	v, err := m.Verify(t.Context(), VerifyOptions{})
	if err != nil || !v.GoesOn || v.OK() {
		t.Errorf("backup %s counts as read: %+v, %v", b.ID, v, err)
	}
	*now = now.Add(readsFor)
	if err := m.noteReading(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if v, err = m.Verify(t.Context(), VerifyOptions{}); err != nil || v.GoesOn {
		t.Errorf("a reading of long ago goes on: %+v, %v", v, err)
	}
}

// TestBadDrillStays: a reading that finds the bytes as they were put says nothing of a drill that went badly.
func TestBadDrillStays(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	b := h.mustPush(t, m.Target)
	if err := m.Drilled(t.Context(), b.ID, errors.New("three rows are not as their checksums say")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond)
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Fatalf("%+v, %v", v, err)
	}
	if got, err := m.Get(t.Context(), b.ID); err != nil || got.Good() {
		t.Errorf("it is good again: %+v, %v", got.State, err)
	}
}

// TestLostFiles: a backup of which only the manifest is left is sent again, and nothing is said to be there that is not.
func TestLostFiles(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	b := h.mustPush(t, m.Target)
	for _, suffix := range []string{dbSuffix, listSuffix} {
		if err := os.Remove(m.path(m.files(t, b.ID+suffix)[0])); err != nil {
			t.Fatal(err)
		}
		if whole, err := m.Complete(t.Context(), b); err != nil || whole {
			t.Errorf("without %s: %v, %v", suffix, whole, err)
		}
		use, err := m.Use(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sent, err := m.PutBackup(t.Context(), use, h.contents, h.catalog, b); err != nil || !sent {
			t.Errorf("without %s: %v, %v", suffix, sent, err)
		}
		use.Done()
		m.wantWhole(t, b, h)
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

// TestForgottenMeanwhile: a backup that is forgotten while it is read was not bad.
func TestForgottenMeanwhile(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	b := h.mustPush(t, m.Target)
	h.add(1)
	h.list = h.list[:1]
	h.mustPush(t, m.Target)
	other := m.withKey(t)
	once := sync.OnceFunc(func() {
		if _, err := other.Forget(t.Context(), []string{b.ID}, ForgetOptions{Grace: -1}); err != nil {
			t.Error(err)
		}
	})
	m.opt.Progress = func(string, int64, int64) { once() }
	m.opt.Workers = 1
	v, err := m.Verify(t.Context(), VerifyOptions{})
	if err != nil || !v.OK() || len(v.Findings) > 0 || len(v.Backups) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestKnownDamage: a backup does not count on what is known to be damaged, and so mends it.
func TestKnownDamage(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		m, h := newPlace(t, sealed), newHome(t, 100, 7000)
		m.opt.Workers = 1
		first := h.mustPush(t, m.Target)
		for _, name := range m.files(t, contentsFolder)[:2] {
			m.spoil(t, name, flip)
		}
		if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || v.OK() {
			t.Fatalf("%+v, %v", v, err)
		}
		h.add(1)
		second := h.mustPush(t, m.Target)
		m.wantWhole(t, second, h)
		m.wantWhole(t, first, h)
		if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("%+v, %v", v, err)
		}
		if bad := m.Known().Bad; len(bad) > 0 {
			t.Errorf("it is still remembered as damaged: %v", bad)
		}
	}
}

// TestReadInTwoWays: of a content whose bytes change between two readings nothing is sent that would count later.
func TestReadInTwoWays(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 3*testPiece)
	files, err := filepath.Glob(filepath.Join(h.dir, "blobs", "??", h.list[0].SHA256+"*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	spoil := func() {
		body, err := os.ReadFile(files[0])
		if err == nil {
			body[0] ^= 1
			err = errors.Join(os.Chmod(files[0], 0o600), os.WriteFile(files[0], body, 0o600))
		}
		if err != nil {
			t.Error(err)
		}
	}
	m.step = func(what string) {
		if what == "pieces" {
			spoil()
		}
	}
	if b := h.mustPush(t, m.Target); b.Named.Missing != 1 {
		t.Errorf("%d are missing", b.Named.Missing)
	}
	m.step = func(string) {}
	spoil() // back
	h.add(1)
	m.wantWhole(t, h.mustPush(t, m.Target), h)
}
