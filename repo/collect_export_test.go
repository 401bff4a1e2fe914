package repo

import (
	"context"
	"iter"
	"testing"
)

// KeepContents makes collections believe that a backup names what list gives.
func KeepContents(t testing.TB, list func() ([]string, error)) {
	before := keptContents
	t.Cleanup(func() { keptContents = before })
	keptContents = func(context.Context, string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			sums, err := list()
			for _, sum := range sums {
				if !yield(sum, nil) {
					return
				}
			}
			if err != nil {
				yield("", err)
			}
		}
	}
}
