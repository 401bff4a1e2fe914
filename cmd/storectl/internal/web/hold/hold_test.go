package hold

import (
	"context"
	"testing"
	"time"

	"taskstore/repo"
)

// TestWithoutEndsIdle: the time after which an idle store is closed ends with the opening that it is of.
func TestWithoutEndsIdle(t *testing.T) {
	dir, opened := t.TempDir(), 0
	h := New(func(ctx context.Context) (*repo.Store, error) { opened++; return repo.Open(ctx, dir, repo.Options{}) }, time.Hour)
	use := func() {
		t.Helper()
		if err := h.Use(t.Context(), func(*repo.Store) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	use()
	if err := h.Without(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if h.timer.Stop() {
		t.Error("it would close what is opened next")
	}
	use()
	if err := h.Close(); err != nil || opened != 2 {
		t.Errorf("opened %d times, %v", opened, err)
	}
	if h.timer.Stop() {
		t.Error("it runs on when all is closed")
	}
}
