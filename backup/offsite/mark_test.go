package offsite

import (
	"errors"
	"os"
	"strings"
	"testing"

	"taskstore/backup/offsite/shelf"
)

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

// TestTwoDisks: two targets of a store take turns in one place, as disks do that are carried away, and no third is one of them.
func TestTwoDisks(t *testing.T) {
	m, stranger := newPlace(t, true), newPlace(t, true)
	swap := func(away, back string) {
		t.Helper()
		if err := errors.Join(os.Rename(m.dir, away), os.Rename(back, m.dir)); err != nil {
			t.Fatal(err)
		}
	}
	first, second, empty := m.dir+"-first", m.dir+"-second", t.TempDir()
	swap(first, empty)
	other, _, err := Init(t.Context(), m.objs(), InitOptions{Options: Options{Memory: m.memory}, NewIdentity: true, piece: testPiece})
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t, 100)
	for range 2 {
		for _, id := range []string{other.ID(), m.ID()} {
			now := m.open(t, m.objs(), Options{Memory: m.memory})
			if h.mustPush(t, now); now.ID() != id {
				t.Errorf("%s is there, and not %s", now.ID(), id)
			}
			h.add(1)
			if id == m.ID() {
				swap(first, second)
			} else {
				swap(second, first)
			}
		}
	}
	for _, name := range []string{markName, markCopy} {
		if err := os.Remove(m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), m.objs(), Options{Memory: m.memory}); !errors.Is(err, ErrNoTarget) {
		t.Errorf("whose mark was lost: %v", err)
	}
	swap(second, stranger.dir)
	if _, err := Open(t.Context(), m.objs(), Options{Memory: m.memory}); !errors.Is(err, ErrOther) {
		t.Errorf("a third: %v", err)
	}
}
