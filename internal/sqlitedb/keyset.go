package sqlitedb

import (
	"context"
	"fmt"
)

// Keyset goes through something in pages, each of what comes after the last key of the one
// before: page reads the one after a key and gives its last key; more is false at the end.
//
// Where the pages of the file are damaged, what SQLite finds after a key can stand before it,
// and such a loop would never end: a key that does not come after the one before is
// ErrCorrupt. compare is that of the order; what names what is gone through.
func Keyset[K any](ctx context.Context, what string, first K, compare func(a, b K) int, page func(after K) (last K, more bool, err error)) error {
	for after := first; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		last, more, err := page(after)
		if err != nil || !more {
			return err
		}
		if compare(last, after) <= 0 {
			return fmt.Errorf("%w: %s, in its order, goes back from %v to %v", ErrCorrupt, what, after, last)
		}
		after = last
	}
}
