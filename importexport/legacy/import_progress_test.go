package legacy_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
)

// TestProgressInTurn: what is told of the progress comes from one goroutine at a time, and of
// one work after the other, although some are done at once.
func TestProgressInTurn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	size := testdb.LegacySize{Sessions: 12, Notes: 30, Tasks: 30, Topics: 5, Companies: 5, Contacts: 5, Items: 10}
	if _, err := testdb.GenerateLegacy(dir, testdb.LegacyOptions{Form: testdb.DirChunked, Seed: 3, Size: size}); err != nil {
		t.Fatal(err)
	}
	var inside atomic.Int32
	var told []string
	_, err := legacy.Import(t.Context(), testdb.Open(t), dir, legacy.Options{Progress: func(what string, _, _ int64) {
		if inside.Add(1) > 1 {
			t.Errorf("%s is told of while something else is", what)
		}
		if len(told) == 0 || told[len(told)-1] != what {
			if slices.Contains(told, what) {
				t.Errorf("%s is told of again, after %v", what, told)
			}
			told = append(told, what)
		}
		inside.Add(-1)
	}})
	if err != nil || !slices.Contains(told, "read") || !slices.Contains(told, "store notes") {
		t.Errorf("told of %v: %v", told, err)
	}
}
