package backup

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"taskstore/backup/internal/backuptest"
)

// TestLongFiles: a manifest, a state or a record of runs that is far too long is damaged,
// and is not read to its end.
func TestLongFiles(t *testing.T) {
	db, _ := backuptest.NewStore(t, 10)
	c := newCatalog(t)
	b := create(t, c, db, CreateOptions{Pin: true})
	for _, name := range []string{c.path(b.ID, stateFile), c.path(b.ID, manifestFile), c.path("", runsFile)} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, 800<<20); err != nil { // takes no room on disk
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if name == c.path("", runsFile) {
			if _, err := c.Runs(); !errors.Is(err, ErrCorrupt) {
				t.Errorf("runs: %v", err)
			}
		} else if l := list(t, c); len(l) != 1 || !errors.Is(l[0].Unreadable, ErrCorrupt) {
			t.Errorf("%s: %+v", name, l)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
			t.Errorf("%s: took %d bytes", name, took)
		}
	}
}
