package backup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/putback"
)

// TestDiskFull: on a disk of one megabyte nothing is made but what is whole.
func TestDiskFull(t *testing.T) {
	backuptest.OnDisk(t, "1m", func(dir string) {
		path, _ := backuptest.NewStore(t, 20000)
		c := Open(filepath.Join(dir, "backups"), Options{Describe: describeNotes})
		small, pool := backuptest.NewStore(t, 100)
		kept := create(t, c, small, CreateOptions{})
		backuptest.Add(t, pool, 3000)
		if _, _, err := c.Create(t.Context(), small, CreateOptions{}); !errors.Is(err, ErrFull) {
			t.Errorf("create: %v", err)
		}
		c.opt.step = func(step string) { // before it is compressed
			if step == "pack" {
				fill(t, filepath.Join(dir, "filler"))
			}
		}
		tiny, _ := backuptest.NewStore(t, 1000)
		if _, _, err := c.Create(t.Context(), tiny, CreateOptions{}); !errors.Is(err, ErrFull) {
			t.Errorf("create, full in the middle: %v", err)
		}
		if left := backuptest.Files(t, c.Dir()); len(left) != 5 || len(list(t, c)) != 1 || c.Verify(t.Context(), kept.ID, false, nil) != nil {
			t.Errorf("left %v", left)
		}
		if err := errors.Join(os.Remove(filepath.Join(dir, "filler")), os.RemoveAll(c.Dir())); err != nil {
			t.Fatal(err)
		}
		whole := filepath.Join(t.TempDir(), "copy.db")
		backuptest.Copied(t, path, whole)
		old := filepath.Join(dir, "store.db")
		if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := putback.Copy(t.Context(), whole, old, putback.Options{}); !errors.Is(err, ErrFull) {
			t.Errorf("put back: %v", err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("left %v, %v", entries, err)
		}
	})
}

// fill takes what is left of a disk.
func fill(t *testing.T, name string) {
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, n := range []int{1 << 16, 1 << 10, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, n))
		}
		err = nil
	}
}
