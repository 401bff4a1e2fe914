package sqlitedb

import (
	"errors"
	"testing"
)

// TestKeyset: a key that does not grow is damage and ends the loop.
func TestKeyset(t *testing.T) {
	compare := func(a, b int) int { return a - b }
	for _, c := range []struct {
		keys []int
		ok   bool
	}{{[]int{1, 2, 3}, true}, {[]int{1, 2, 2}, false}, {[]int{3, 1}, false}, {[]int{0}, false}, {nil, true}} {
		i := 0
		err := Keyset(t.Context(), "table t", 0, compare, func(after int) (int, bool, error) {
			if i == len(c.keys) {
				return 0, false, nil
			}
			i++
			return c.keys[i-1], true, nil
		})
		if c.ok != (err == nil) || !c.ok && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%v: %v", c.keys, err)
		}
	}
}
