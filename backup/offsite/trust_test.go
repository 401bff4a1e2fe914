package offsite

import (
	"errors"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
)

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

// TestMarkIsRemembered: nobody who can write there has a store seal to another key.
func TestMarkIsRemembered(t *testing.T) {
	m, thief := newPlace(t, true), newPlace(t, true)
	mark := m.Mark()
	mark.Recipients = thief.Mark().Recipients
	file, err := mark.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{markName, markCopy} {
		m.spoil(t, name, func([]byte) []byte { return file })
	}
	_, err = Open(t.Context(), m.objs(), Options{Memory: m.memory})
	var told *Error
	if !errors.Is(err, ErrOther) || !errors.As(err, &told) || told.Advice == "" {
		t.Errorf("%v", err)
	}
}

// TestInitLostAnswer: a target is made though the answers to what puts its mark there are lost.
func TestInitLostAnswer(t *testing.T) {
	place, lost := &hooked{Objects: shelf.OpenDir(t.TempDir(), nil)}, map[string]bool{}
	place.put = func(name string) error {
		if !strings.HasPrefix(name, "taskstore.") || lost[name] {
			return nil
		}
		lost[name] = true
		return busy("the answer was lost")
	}
	target, identity, err := Init(t.Context(), place, InitOptions{NewIdentity: true, piece: testPiece})
	if err != nil || identity == "" {
		t.Fatalf("%v", err)
	}
	if again, err := Open(t.Context(), place, Options{Identity: identity}); err != nil || again.ID() != target.ID() {
		t.Errorf("%v", err)
	}
	if _, _, err := Init(t.Context(), place, InitOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v", err)
	}
}
