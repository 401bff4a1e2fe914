package index

import "testing"

// TestFits: a migration that changes nothing of what is indexed leaves the search index as it is, and no other.
func TestFits(t *testing.T) {
	for is, want := range map[int64]bool{7: true, 6: true, 5: false, 8: false} {
		if got := fits(stamp(is), 7); got != want {
			t.Errorf("an index of schema %d fits schema 7: %v, want %v", is, got, want)
		}
	}
	if fits("another definition", 7) {
		t.Error("an index of another definition fits")
	}
}
