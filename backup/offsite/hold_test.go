package offsite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
)

// held gives what a store has, for Hold.
func (h *home) held(context.Context) ([]backup.Content, error) {
	return append([]backup.Content{}, h.list...), nil
}

func (h *home) mustHold(t *testing.T, to *Target) Sent {
	t.Helper()
	sent, err := to.Hold(t.Context(), h.contents, h.held)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func (m made) collect(t *testing.T, opt ForgetOptions) Collected {
	t.Helper()
	c, err := m.Forget(t.Context(), nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestHold: contents that no backup names stay for as long as a store has them, and a grace period longer.
func TestHold(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		m, h := newPlace(t, sealed), newHome(t, 100, 7000)
		now, _ := m.clock()
		if sent := h.mustHold(t, m.Target); sent.Contents != 2 {
			t.Errorf("%+v", sent)
		}
		if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed != 0 || c.Held != 4 {
			t.Errorf("what a store holds was collected: %+v", c)
		}
		h.put(t, 300)
		*now = now.Add(time.Minute)
		if sent := h.mustHold(t, m.Target); sent.Contents != 1 {
			t.Errorf("%+v", sent)
		}
		if sent := h.mustHold(t, m.Target); sent.Contents != 0 {
			t.Errorf("%+v", sent)
		}
		if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed != 0 || c.Held != 5 {
			t.Errorf("what came later was collected: %+v", c)
		}
		gone := h.list[1]
		h.list = []backup.Content{h.list[0], h.list[2]}
		*now = now.Add(wholeEvery)
		h.mustHold(t, m.Target)
		if c := m.collect(t, ForgetOptions{Grace: time.Hour}); c.Removed != 0 || c.Waiting != 3 || c.Held != 2 {
			t.Errorf("what the store has no more: %+v", c)
		}
		*now = now.Add(time.Hour)
		if c := m.collect(t, ForgetOptions{Grace: time.Hour}); c.Removed != 3 || c.Held != 2 {
			t.Errorf("after the grace period: %+v", c)
		}
		if _, _, err := sumOf(t.Context(), m.withKey(t), gone.SHA256); err == nil {
			t.Error("what nobody holds is still there")
		}
		for _, c := range h.list {
			if sum, _, err := sumOf(t.Context(), m.withKey(t), c.SHA256); err != nil || sum != c.SHA256 {
				t.Errorf("a content that is held: %s, %v", sum, err)
			}
		}
		if list := m.files(t, "holding"); len(list) != 1 {
			t.Errorf("notes are left: %v", list)
		}
	}
}

// TestHoldLost: what the place has lost is found and healed, and sent again within the hour without being asked for.
func TestHoldLost(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	now, _ := m.clock()
	h.mustHold(t, m.Target)
	for _, how := range []func(string){
		func(name string) { m.spoil(t, name, flip) },
		func(name string) {
			if err := os.Remove(m.path(name)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		how(m.files(t, contentsFolder)[0])
		v, err := m.Verify(t.Context(), VerifyOptions{})
		if err != nil || v.OK() || v.Held == "" {
			t.Errorf("it is not found: %+v, %v", v, err)
		}
		if v, err = m.Verify(t.Context(), VerifyOptions{Heal: &Local{Contents: h.contents}}); err != nil || !v.OK() {
			t.Errorf("it is not healed: %+v, %v", v, err)
		}
	}
	if err := os.RemoveAll(m.path("contents")); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(lookEvery)
	if sent := h.mustHold(t, m.Target); sent.Contents != 2 {
		t.Errorf("an hour later: %+v", sent)
	}
}

// TestHoldNotes: while a note cannot be read nothing is collected; it is written anew, as is one that somebody has ended.
func TestHoldNotes(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	now, _ := m.clock()
	h.mustHold(t, m.Target)
	m.spoil(t, m.files(t, "holding")[0], flip)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.WhyNot == "" || c.Removed != 0 {
		t.Errorf("with a damaged note: %+v", c)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || v.OK() {
		t.Errorf("a damaged note is not found: %+v, %v", v, err)
	}
	*now = now.Add(lookEvery)
	h.mustHold(t, m.Target)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.WhyNot != "" || c.Held != 1 {
		t.Errorf("after it was written anew: %+v", c)
	}
	if c := m.collect(t, ForgetOptions{EndHolds: true}); c.Held != 0 || c.Waiting != 1 {
		t.Errorf("after it was ended: %+v", c)
	}
	*now = now.Add(lookEvery)
	h.mustHold(t, m.Target)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.Held != 1 || c.Removed != 0 {
		t.Errorf("after it went on: %+v", c)
	}
}

// TestHoldOthers: one machine collects nothing that another one holds, and each says its own.
func TestHoldOthers(t *testing.T) {
	m, one, two := newPlace(t, true), newHome(t, 100), newHome(t, 200)
	other := m.open(t, m.objs(), Options{Identity: m.identity, Memory: t.TempDir()})
	one.mustHold(t, m.Target)
	two.mustHold(t, other)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.Held != 2 || c.Removed != 0 {
		t.Errorf("%+v", c)
	}
}

// TestHoldMissing: what is damaged in the store and not there is marked and not held; the memory that says so is for its
// owner, and goes with the target.
func TestHoldMissing(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	lost := backup.Content{SHA256: strings.Repeat("ab", 32), Size: 5}
	list := append(h.list, lost)
	sent, err := m.Hold(t.Context(), h.contents, func(context.Context) ([]backup.Content, error) { return list, nil })
	if err != nil || sent.Contents != 1 || !list[1].Missing || list[0].Missing {
		t.Errorf("%+v, %+v, %v", sent, list, err)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
	if err := ForgetKnown(m.memory, m.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.heldFile()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was held is remembered: %v", err)
	}
}

// TestHoldDamaged: what is damaged in the store stays where it is whole, for as long as the store has what is left of it.
func TestHoldDamaged(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	now, _ := m.clock()
	h.mustHold(t, m.Target)
	files, err := filepath.Glob(filepath.Join(h.dir, "blobs", "??", h.list[1].SHA256+"*"))
	if err == nil {
		err = errors.Join(os.Chmod(files[0], 0o600), os.Truncate(files[0], 5000))
	}
	if err != nil {
		t.Fatal(err)
	}
	whole := h.list[1]
	h.list[1].Size = 5000 // as it is listed
	h.put(t, 300)
	*now = now.Add(wholeEvery)
	h.mustHold(t, m.Target)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed != 0 || c.Held != 5 {
		t.Errorf("%+v", c)
	}
	if sum, n, err := sumOf(t.Context(), m.withKey(t), whole.SHA256); err != nil || sum != whole.SHA256 || n != whole.Size {
		t.Errorf("%d bytes, %v", n, err)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestHoldCopied: a store that was copied with all that it remembers, and the one that it was copied from, end nothing of
// what the other says.
func TestHoldCopied(t *testing.T) {
	m, one := newPlace(t, true), newHome(t, 100, 7000)
	now, objs := m.clock()
	one.mustHold(t, m.Target)
	memory := t.TempDir()
	if err := os.CopyFS(memory, os.DirFS(m.memory)); err != nil {
		t.Fatal(err)
	}
	other := m.open(t, objs, Options{Memory: memory, Now: m.opt.Now})
	two := newHome(t, 100, 7000, 300)
	*now = now.Add(time.Minute)
	two.mustHold(t, other)
	*now = now.Add(wholeEvery)
	one.put(t, 50)
	one.mustHold(t, m.Target)
	wantHeld := func(what string, objects int) {
		t.Helper()
		if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed != 0 || c.Held != objects {
			t.Errorf("%s: %+v", what, c)
		}
	}
	wantHeld("the one has said all anew", 6)
	*now = now.Add(lookEvery)
	two.mustHold(t, other)
	one.list = one.list[2:]
	*now = now.Add(wholeEvery)
	one.mustHold(t, m.Target)
	wantHeld("the one has nothing of it any more", 6)
	if list := m.files(t, "holding"); len(list) != 2 {
		t.Errorf("notes: %v", list)
	}
}
