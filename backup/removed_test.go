package backup

import (
	"errors"
	"testing"

	"taskstore/backup/internal/backuptest"
)

// TestVerifyRemoved: a backup that is removed while somebody looks at it is none, and not a damaged one, of which
// nothing is written down.
func TestVerifyRemoved(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	first, second := create(t, c, db, CreateOptions{}), create(t, c, db, CreateOptions{})
	if err := errors.Join(c.Look(first), c.Remove(t.Context(), first.ID)); err != nil {
		t.Fatal(err)
	}
	if err := c.Look(first); !errors.Is(err, ErrNone) {
		t.Errorf("looked at: %v", err)
	}
	err := c.Verify(t.Context(), second.ID, true, func(Content) error {
		return errors.Join(c.Remove(t.Context(), second.ID), errors.New("gone"))
	})
	if !errors.Is(err, ErrNone) {
		t.Errorf("verified: %v", err)
	}
	if left := backuptest.Files(t, c.Dir()); len(left) != 1 { // the lock
		t.Errorf("left: %v", left)
	}
}
