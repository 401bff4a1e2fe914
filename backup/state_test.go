package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
)

// TestStateFlipped: whatever bit of a state changes, or when it is gone, the backup
// counts as pinned and as not verified, and Verify says so and puts it right.
func TestStateFlipped(t *testing.T) {
	db, pool := backuptest.NewStore(t, 5)
	c := newCatalog(t)
	first := create(t, c, db, CreateOptions{})
	backuptest.Fatal(t, c.Drilled(t.Context(), first.ID, nil))
	backuptest.Add(t, pool, 1)
	create(t, c, db, CreateOptions{})
	name := c.path(first.ID, stateFile)
	whole, err := os.ReadFile(name)
	backuptest.Fatal(t, err)
	for i := range 8 * len(whole) {
		file := bytes.Clone(whole)
		file[i/8] ^= 1 << (i % 8)
		backuptest.Fatal(t, os.WriteFile(name, file, 0o600))
		if b := c.read(first.ID); !errors.Is(b.Unreadable, ErrState) || !b.Pinned || b.Good() || !b.Known() {
			t.Fatalf("bit %d of %d: %+v", i, len(file), b)
		}
	}
	for what, spoil := range map[string]func() error{
		"flipped": func() error {
			return os.WriteFile(name, bytes.Replace(whole, []byte(`"pinned": false`), []byte(`"pinned": fAlse`), 1), 0o600)
		},
		"gone":          func() error { return os.Remove(name) },
		"of another":    func() error { return spoilByCopy(c, first.ID, list(t, c)[0].ID) },
		"empty":         func() error { return os.WriteFile(name, nil, 0o600) },
		"a line longer": func() error { return os.WriteFile(name, append(bytes.Clone(whole), '\n'), 0o600) },
	} {
		backuptest.Fatal(t, spoil())
		for _, d := range decide(t, c) {
			if !d.Keep {
				t.Errorf("%s: %s would be removed", what, d.ID)
			}
		}
		if err := c.Verify(t.Context(), first.ID, false, nil); !errors.Is(err, ErrState) || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: verify without record: %v", what, err)
		}
		if err := c.Look(c.read(first.ID)); !errors.Is(err, ErrState) {
			t.Errorf("%s: look: %v", what, err)
		}
		if err := c.Verify(t.Context(), first.ID, true, nil); !errors.Is(err, ErrState) {
			t.Errorf("%s: verify: %v", what, err)
		}
		if b := c.read(first.ID); !b.Good() || !b.Pinned {
			t.Errorf("%s: verified: %+v", what, b)
		}
		backuptest.Fatal(t, c.Verify(t.Context(), first.ID, true, nil))
	}
}

func spoilByCopy(c *Catalog, id, other string) error {
	text, err := os.ReadFile(c.path(other, stateFile))
	if err != nil {
		return err
	}
	return os.WriteFile(c.path(id, stateFile), text, 0o600)
}

func decide(t *testing.T, c *Catalog) []Decision {
	t.Helper()
	d, err := c.Rotate(t.Context(), Policy{Last: 1, Safety: time.Nanosecond}, true)
	backuptest.Fatal(t, err)
	return d
}

// TestStateEarlier: backups of earlier versions had no state when they were new, and one
// without a seal later. They are what they were, and a change seals them.
func TestStateEarlier(t *testing.T) {
	db, _ := backuptest.NewStore(t, 5)
	c := newCatalog(t)
	b := create(t, c, db, CreateOptions{})
	m := b.Manifest
	m.Stated = false
	text, err := m.encode()
	backuptest.Fatal(t, err, os.WriteFile(c.path(b.ID, manifestFile), text, 0o600), os.Remove(c.path(b.ID, stateFile)))
	if b := c.read(b.ID); !b.Good() || b.Pinned {
		t.Errorf("without a state: %+v", b)
	}
	text, err = json.MarshalIndent(State{Pinned: true, Verified: b.Verified}, "", "  ")
	backuptest.Fatal(t, err, os.WriteFile(c.path(b.ID, stateFile), append(text, '\n'), 0o600))
	if b := c.read(b.ID); !b.Good() || !b.Pinned {
		t.Errorf("with one: %+v", b)
	}
	if _, err := c.Pin(t.Context(), b.ID, false); err != nil {
		t.Error(err)
	}
	file, err := os.ReadFile(c.path(b.ID, stateFile))
	if backuptest.Fatal(t, err); !bytes.HasPrefix(file, []byte(sealHead)) || c.read(b.ID).Pinned {
		t.Errorf("after a change: %s", file)
	}
}

// TestRunsFlipped: a failure does not go away with a bit.
func TestRunsFlipped(t *testing.T) {
	c := newCatalog(t)
	backuptest.Fatal(t, c.Ran(t.Context(), errors.New("no disk")))
	name := c.dir + "/" + runsFile
	whole, err := os.ReadFile(name)
	backuptest.Fatal(t, err)
	for i := range 8 * len(whole) {
		file := bytes.Clone(whole)
		file[i/8] ^= 1 << (i % 8)
		backuptest.Fatal(t, os.WriteFile(name, file, 0o600))
		if r, err := c.Runs(); err == nil {
			t.Fatalf("bit %d: %+v", i, r)
		}
	}
}
