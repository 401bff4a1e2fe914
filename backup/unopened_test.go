package backup

import (
	"errors"
	"os"
	"strings"
	"testing"

	"taskstore/backup/internal/backuptest"
)

// unopened puts in a file's place what can be listed and not be read, to whomever, as where a right lacks or a disk fails.
func unopened(t *testing.T, name string) {
	t.Helper()
	if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o700)); err != nil {
		t.Fatal(err)
	}
}

// TestUnopenedBackups: of backups that cannot be read nobody says that they are not sound, or that there is none: which
// could not be read is said, and why.
func TestUnopenedBackups(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	for _, suffix := range []string{manifestFile, stateFile} {
		c := newCatalog(t)
		b := create(t, c, db, CreateOptions{})
		unopened(t, c.path(b.ID, suffix))
		got := list(t, c)[0]
		if got.Unopened() == nil || !got.Failed() || suffix == stateFile && (!got.Pinned || errors.Is(got.Unreadable, ErrState)) {
			t.Errorf("%s: %+v", suffix, got)
		}
		if err := NewerUnopened(list(t, c), -1); err == nil || !strings.Contains(err.Error(), b.ID) {
			t.Errorf("%s: %v", suffix, err)
		}
		taken, err := c.Get(t.Context(), Latest)
		if suffix == stateFile && err == nil && taken.ID == b.ID {
			continue // who takes it reads all of it
		}
		if errors.Is(err, ErrNone) || err == nil || !strings.Contains(err.Error(), "backup "+b.ID+" could not be read: ") || !strings.Contains(err.Error(), "is a directory") {
			t.Errorf("%s: %v", suffix, err)
		}
	}
}

// TestNoneSound: where all backups are bad it is said what is wrong with them.
func TestNoneSound(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	for range 5 {
		b := create(t, c, db, CreateOptions{})
		if err := os.WriteFile(c.path(b.ID, manifestFile), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newest := list(t, c)[0]
	_, err := c.Get(t.Context(), Latest)
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "none of 5 is sound (backup "+newest.ID+": "+newest.Problem()) || !strings.Contains(err.Error(), "and 2 more") {
		t.Error(err)
	}
}
