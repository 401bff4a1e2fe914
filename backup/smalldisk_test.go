package backup

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
)

// onSmallDisk runs a test again in a file system of its own of that size.
func onSmallDisk(t *testing.T, size string, test func(dir string)) {
	t.Helper()
	if dir := os.Getenv("TASKSTORE_SMALL_DISK"); dir != "" {
		test(dir)
		return
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	mount := `mount -t tmpfs -o size=` + size + ` none "$1"`
	if err := exec.CommandContext(ctx, "unshare", "-rm", "sh", "-c", mount, "sh", dir).Run(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	cmd := exec.CommandContext(ctx, "unshare", "-rm", "sh", "-c", mount+` && exec "$2" -test.v -test.run "^$3\$"`, "sh", dir, os.Args[0], t.Name())
	cmd.Env = append(os.Environ(), "TASKSTORE_SMALL_DISK="+dir)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRanOnFullDisk: that a run has failed is known also where there is no room to write
// it down, and until one has succeeded.
func TestRanOnFullDisk(t *testing.T) {
	onSmallDisk(t, "1m", func(dir string) {
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
