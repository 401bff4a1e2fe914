package index

import (
	"testing"

	"taskstore/fts"
)

// TestSegmentsAreCounted: as many as FTS5's own table of their terms names.
func TestSegmentsAreCounted(t *testing.T) {
	c := open(t)
	for i := range int64(200) {
		err := Unmerged(t.Context(), c, func() error {
			put(t, c, i+1, fts.Row{Body: "heron"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n, words, err := Segments(t.Context(), c)
		if err != nil || n != int(i+1) || words != 1 {
			t.Fatalf("%d and %d segments, %v; there are %d", n, words, err, i+1)
		}
	}
	if left, err := Untidy(t.Context(), c); err != nil || !left {
		t.Error("200 segments are not left for Merge", err)
	}
	if err := Tidy(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if n, _, err := Segments(t.Context(), c); err != nil || n != 200 {
		t.Errorf("Tidy has merged %d large ones, %v", 200-n, err)
	}
	for more := true; more; {
		var err error
		if more, err = Merge(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if n, _, err := Segments(t.Context(), c); err != nil || n != 1 {
		t.Errorf("%d segments are left, %v", n, err)
	}
}
