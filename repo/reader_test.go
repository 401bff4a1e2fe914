package repo

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestLimited: a statement that has given no row yet ends with its context, and
// the connection is as good as before.
func TestLimited(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		begun := time.Now()
		err = s.read(ctx, func(x execer) error {
			defer limited(ctx, x)()
			var n []int64
			return x.sel(ctx, &n, endless)
		})
		if cancel(); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 20*time.Second {
			t.Fatalf("after %v: %v", time.Since(begun), err)
		}
		var one int
		if err := s.read(t.Context(), func(x execer) error { return x.get(t.Context(), &one, "SELECT 1") }); err != nil || one != 1 {
			t.Fatalf("after one that was ended: %d, %v", one, err)
		}
	}
}
