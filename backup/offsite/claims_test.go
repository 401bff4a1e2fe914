package offsite

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
)

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

// TestTwoStores: the policy of one store says nothing of the backups of another, but for those that it was restored from.
func TestTwoStores(t *testing.T) {
	m, one, two := newPlace(t, true), newHome(t, 10), newHome(t, 20)
	other := m.open(t, m.objs(), Options{Identity: m.identity, Memory: t.TempDir()})
	first := one.mustPush(t, m.Target)
	for range 3 {
		two.add(1)
		two.mustPush(t, other)
	}
	if list, _, err := other.Rotate(t.Context(), backup.Policy{Last: 1}, false, ForgetOptions{}); err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	said := m.files(t, originBase+m.Target.machine)
	if err := os.Remove(m.path(said[0])); err != nil {
		t.Fatal(err)
	}
	if list, _, err := other.Rotate(t.Context(), backup.Policy{Last: 1}, false, ForgetOptions{}); err != nil || len(list) != 2 || !list[1].Keep {
		t.Fatalf("one that nobody says whose it is: %+v, %v", list, err)
	}
	if err := m.objs().Put(t.Context(), said[0], nil, false); err != nil {
		t.Fatal(err)
	}
	list, err := m.List(t.Context())
	if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(b backup.Backup) bool { return b.ID == first.ID }) {
		t.Fatalf("left are %+v, %v", list, err)
	}
	m.wantWhole(t, first, one)
	if latest, err := m.Get(t.Context(), backup.Latest); err != nil || latest.ID != first.ID {
		t.Errorf("the latest of the one is %s, %v", latest.ID, err)
	}
	if said := m.files(t, "state/of-"); len(said) != 2 {
		t.Errorf("it is said whose they are: %v", said)
	}
	if err := other.Inherit(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.Rotate(t.Context(), backup.Policy{Last: 1}, false, ForgetOptions{}); err != nil {
		t.Fatal(err)
	}
	if list, err = m.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("left are %+v, %v", list, err)
	}
}
