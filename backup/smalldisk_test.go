package backup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/internal/backuptest"
)

// TestRanOnFullDisk: that a run has failed is known also where there is no room to write
// it down, and until one has succeeded.
func TestRanOnFullDisk(t *testing.T) {
	backuptest.OnDisk(t, "1m", func(dir string) {
		c := newCatalog(t)
		c.dir = filepath.Join(dir, "backups")
		backuptest.Fatal(t, os.Mkdir(c.dir, 0o700))
		filler := filepath.Join(dir, "filler")
		fill(t, filler)
		for n := range 3 {
			backuptest.Fatal(t, c.Ran(t.Context(), ErrFull))
			r, err := c.Runs()
			if err != nil || r.Failed == nil || r.Failed.Times != n+1 || r.Failed.Problem == "" || n > 0 && !r.Failed.At.After(r.Failed.Since) {
				t.Errorf("%+v, %v", r.Failed, err)
			}
		}
		if err := c.Ran(t.Context(), nil); !errors.Is(err, ErrFull) {
			t.Errorf("a success that cannot be written down: %v", err)
		}
		backuptest.Fatal(t, os.Remove(filler), c.Ran(t.Context(), errors.New("another")))
		if r, err := c.Runs(); err != nil || r.Failed == nil || r.Failed.Times != 4 || r.Failed.Problem != "another" {
			t.Errorf("%+v, %v", r.Failed, err)
		}
		backuptest.Fatal(t, c.Ran(t.Context(), nil))
		if r, err := c.Runs(); err != nil || r.Failed != nil || len(backuptest.Files(t, c.dir)) != 2 {
			t.Errorf("%+v, %v; %v", r, err, backuptest.Files(t, c.dir))
		}
	})
}
