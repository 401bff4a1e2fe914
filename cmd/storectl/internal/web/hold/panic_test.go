package hold_test

import (
	"context"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestCutOff: a page that is cut off by a panic lets the store go, so that a restore gets it.
func TestCutOff(t *testing.T) {
	store := testdb.Open(t)
	h := hold.New(func(context.Context) (*repo.Store, error) { return store, nil }, time.Hour)
	func() {
		defer func() { _ = recover() }()
		_ = h.Use(t.Context(), func(*repo.Store) error { panic("cut off") })
	}()
	alone := make(chan error, 1)
	go func() { alone <- h.Without(func() error { return nil }) }()
	select {
	case err := <-alone:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the store is held for ever")
	}
}
