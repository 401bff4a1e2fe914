package offsite

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
)

// TestHealedStays: a piece that was healed under the name that the damaged one had is not removed because it cannot be
// read for a moment.
func TestHealedStays(t *testing.T) {
	m, h := newPlace(t, false), newHome(t, 100)
	b := h.mustPush(t, m.Target)
	name := m.files(t, contentsFolder)[0]
	m.spoil(t, name, flip)
	place, healed, back := m.hook(), false, false
	place.put = func(put string) error { healed = healed || put == name; return nil }
	place.get = func(got string) error {
		if !healed || got != name {
			return nil
		}
		if !back {
			back = true
			return nil
		}
		return busy("503")
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{Heal: &Local{Contents: h.contents}}); !errors.Is(err, ErrBusy) {
		t.Errorf("it says that it knows: %+v, %v", v, err)
	}
	place.get = nil
	m.wantWhole(t, b, h)
}

// TestPlaceGone: where the place is another one all of a sudden, as when a disk is taken out from under its directory,
// nothing is good, nothing is bad, and nothing is said there.
func TestPlaceGone(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	b := h.mustPush(t, m.Target)
	m.opt.Workers = 1
	gone := false
	m.opt.Progress = func(string, int64, int64) {
		if !gone {
			gone = true
			if err := errors.Join(os.Rename(m.dir, m.dir+"-away"), os.Mkdir(m.dir, 0o700)); err != nil {
				t.Error(err)
			}
		}
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err == nil || !gone {
		t.Errorf("it counts as read: %+v", v)
	}
	if at := m.Known().Verified; !at.IsZero() {
		t.Errorf("it is remembered as good at %v", at)
	}
	if err := m.Drilled(t.Context(), b.ID, backup.ErrCorrupt); err == nil || m.Known().Problem != "" {
		t.Errorf("a drill of it was bad: %v, %q", err, m.Known().Problem)
	}
	if list := m.files(t, ""); len(list) > 0 {
		t.Errorf("it was said to another place: %v", list)
	}
	if err := errors.Join(os.RemoveAll(m.dir), os.Rename(m.dir+"-away", m.dir)); err != nil {
		t.Fatal(err)
	}
}

// TestHoldPlaceGone: what went to another place, because a disk was taken out meanwhile, does not count as held.
func TestHoldPlaceGone(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	h.mustHold(t, m.Target)
	h.put(t, 200)
	m.opt.Progress = func(string, int64, int64) {
		if err := errors.Join(os.Rename(m.dir, m.dir+"-away"), os.Mkdir(m.dir, 0o700)); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.Hold(t.Context(), h.contents, h.held); err == nil {
		t.Error("it counts")
	}
	m.opt.Progress = func(string, int64, int64) {}
	if err := errors.Join(os.RemoveAll(m.dir), os.Rename(m.dir+"-away", m.dir)); err != nil {
		t.Fatal(err)
	}
	h.mustHold(t, m.Target)
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed > 0 || c.Held != 2 {
		t.Errorf("%+v", c)
	}
}

// TestHealedListIsRead: what a list names that could not be read before it was healed is read then, before the backup is good.
func TestHealedListIsRead(t *testing.T) {
	for _, one := range []bool{true, false} {
		m, h := newPlace(t, true), newHome(t, 100, 7000)
		b := h.mustPush(t, m.Target)
		m.spoil(t, m.files(t, b.ID+listSuffix)[0], flip)
		m.spoil(t, m.files(t, contentsFolder)[0], flip)
		opt := VerifyOptions{Heal: &Local{Catalogs: []*backup.Catalog{h.catalog}}}
		if one {
			opt.IDs = []string{b.ID}
		}
		v, err := m.Verify(t.Context(), opt)
		if err != nil || v.OK() || len(v.Backups) != 1 {
			t.Errorf("one %v: it is good: %+v, %v", one, v, err)
		}
		if got, err := m.Get(t.Context(), b.ID); err != nil || got.Good() {
			t.Errorf("one %v: it is recorded as good: %+v, %v", one, got.State, err)
		}
		opt.Heal.Contents = h.contents
		if v, err = m.Verify(t.Context(), opt); err != nil || !v.OK() {
			t.Errorf("one %v: healing the rest: %+v, %v", one, v, err)
		}
	}
}

// TestReadingEnds: a reading that came to its end is not gone on with, also where its notes cannot be removed.
func TestReadingEnds(t *testing.T) {
	m, h := newPlace(t, true), newHome(t)
	for i := range 3 * batch {
		h.put(t, 20+i)
	}
	h.mustPush(t, m.Target)
	m.Target.objs.Objects = appendOnly{m.objs()}
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	m.opt.Progress = func(string, int64, int64) {
		if n++; n == 2*batch {
			stop()
		}
	}
	if _, err := m.Verify(ctx, VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for i, goesOn := range []bool{true, false, false} {
		if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || v.GoesOn != goesOn || !v.Whole {
			t.Errorf("reading %d after it: went on: %v, whole: %v, %v", i+1, v.GoesOn, v.Whole, err)
		}
	}
}

// TestLaterCounts: what is said last counts, also after a machine whose clock is ahead has said something.
func TestLaterCounts(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	now, objs := m.clock()
	ahead := m.machine(t, objs, now, 10*24*time.Hour)
	b := h.mustPush(t, m.Target)
	for _, pin := range []bool{true, false} {
		if _, err := ahead.Pin(t.Context(), b.ID, pin); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Pin(t.Context(), b.ID, true); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Get(t.Context(), b.ID); err != nil || !got.Pinned {
		t.Errorf("it is not pinned: %+v, %v", got.State, err)
	}
	if v, err := ahead.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Fatalf("%+v, %v", v, err)
	}
	m.spoil(t, m.files(t, contentsFolder)[0], flip)
	*now = now.Add(time.Hour)
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || v.OK() {
		t.Fatalf("%+v, %v", v, err)
	}
	if got, err := m.Get(t.Context(), b.ID); err != nil || got.Good() {
		t.Errorf("it is good: %+v, %v", got.State, err)
	}
}

// TestListsLess: a place that leaves out a backup which it has, in a list or when it is read, has nothing collected.
func TestListsLess(t *testing.T) {
	for _, how := range []string{"list", "get"} {
		m, h := newPlace(t, true), newHome(t, 100, 7000)
		b := h.mustPush(t, m.Target)
		h.list = nil
		h.add(1)
		h.mustPush(t, m.Target)
		place, lists := m.hook(), 0
		place.list = func(prefix string) error {
			if lists++; prefix != backupsFolder || how != "list" {
				lists--
			} else if lists == 2 { // once it was decided what goes
				return errNothing
			}
			return nil
		}
		place.get = func(name string) error {
			if how == "get" && strings.HasPrefix(name, backupsFolder+b.ID+manifestSuffix) {
				return &Error{Place: "hooked", Object: name, Why: ErrNotThere}
			}
			return nil
		}
		_, c, err := m.Rotate(t.Context(), backup.Policy{Last: 10}, false, ForgetOptions{Grace: -1})
		if err != nil || c.Removed > 0 || c.WhyNot == "" {
			t.Errorf("%s: %+v, %v", how, c, err)
		}
		place.get, place.list = nil, nil
		m.wantWhole(t, b, h)
	}
}

// TestDamagedBeside: a damaged object beside a good one of the same piece harms nothing, also where only one of the two is
// read.
func TestDamagedBeside(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	now, _ := m.clock()
	b := h.mustPush(t, m.Target)
	bad := m.files(t, contentsFolder)[0]
	m.spoil(t, bad, flip)
	m.Target.objs.Objects = appendOnly{m.Target.objs.Objects}
	if v, err := m.Verify(t.Context(), VerifyOptions{Heal: &Local{Contents: h.contents}}); err != nil || !v.OK() || len(m.files(t, contentsFolder)) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	*now = now.Add(time.Minute)
	all := m.files(t, "")
	if err := m.noteReading(t.Context(), reading{Until: all[len(all)-1], Began: *now, Bad: []string{bad}}); err != nil {
		t.Fatal(err)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.GoesOn || !v.OK() || len(v.Findings) > 0 {
		t.Errorf("a reading that goes on: %+v, %v", v, err)
	}
	for range 20 {
		if v, err := m.Verify(t.Context(), VerifyOptions{Sample: 0.5}); err != nil || !v.OK() {
			t.Errorf("a sample: %+v, %v", v, err)
		}
	}
	if got, err := m.Get(t.Context(), b.ID); err != nil || !got.Good() {
		t.Errorf("%+v, %v", got.State, err)
	}
}

// TestHalfManifest: a manifest of which the place keeps a half, as often as it is sent, is no backup, and the same one is
// made when the place is well.
func TestHalfManifest(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	place := m.hook()
	place.put = func(name string) error {
		if strings.Contains(name, manifestSuffix+".") && strings.HasPrefix(name, backupsFolder) {
			return os.Truncate(m.path(name), 10)
		}
		return nil
	}
	if _, err := h.push(t.Context(), m.Target); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	if list, err := m.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	place.put = nil
	m.wantWhole(t, h.mustPush(t, m.Target), h)
}

// TestEqualLists: of backups that name the same contents one list is fetched to find out what they need.
func TestEqualLists(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	var b backup.Backup
	for range 3 {
		b = h.mustPush(t, m.Target)
		h.add(1)
	}
	place, n := m.hook(), 0
	place.get = func(name string) error {
		if strings.Contains(name, listSuffix) {
			n++
		}
		return nil
	}
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.Removed > 0 || c.WhyNot != "" || n != 1 {
		t.Errorf("%d lists: %+v", n, c)
	}
	m.wantWhole(t, b, h)
}

// TestPlanted: what somebody without the key puts beside a stream, as if it had another number of pieces, hides nothing of it.
func TestPlanted(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 7000)
	b := h.mustPush(t, m.Target)
	for _, name := range m.files(t, "") {
		is, ok := pieces.ParseName(name)
		if !ok || strings.HasPrefix(name, stateFolder) || is.N > 1 {
			continue
		}
		for n := 1; n <= 2; n++ {
			planted := pieces.Piece{Base: is.Base, N: n, Of: 2}.String() + "." + strings.Repeat("0", 32)
			if err := m.objs().Put(t.Context(), planted, []byte("planted"), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.wantWhole(t, b, h)
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() || len(v.Findings) != 8 { // the database has two pieces: there they are beside the right ones
		t.Errorf("%d findings: %+v, %v", len(v.Findings), v, err)
	}
	if c := m.collect(t, ForgetOptions{Grace: -1}); c.WhyNot != "" {
		t.Errorf("%+v", c)
	}
	h.add(1)
	m.wantWhole(t, h.mustPush(t, m.Target), h)
	m.wantWhole(t, b, h)
}

// TestListedWrong: a stream that is not in a list, or under another name, because the answer came with other bytes, is there.
func TestListedWrong(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	h.mustPush(t, m.Target)
	place, base := m.hook(), m.contentName(h.list[0].SHA256)
	for _, other := range []bool{false, true} {
		wrong := true
		place.list = func(prefix string) error {
			if !wrong || prefix != base {
				return nil
			}
			if wrong = false; !other {
				return errNothing
			}
			return errOther
		}
		if sum, _, err := sumOf(t.Context(), m.withKeyAt(t, place), h.list[0].SHA256); err != nil || sum != h.list[0].SHA256 || wrong {
			t.Errorf("under another name %v: %v", other, err)
		}
	}
}
