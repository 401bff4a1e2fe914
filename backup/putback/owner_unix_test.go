//go:build unix

package putback

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"taskstore/backup/internal/backuptest"
)

// TestPutBackOwner: a store that the superuser restores belongs to whom it belonged.
func TestPutBackOwner(t *testing.T) {
	from, pool := backuptest.NewStore(t, 5)
	copied := filepath.Join(t.TempDir(), "copy.db")
	backuptest.Copied(t, from, copied)
	backuptest.Fatal(t, pool.Close())
	db, dir := from, filepath.Dir(from)
	if err := os.Chown(dir, 54321, 54322); err != nil {
		t.Skipf("nothing can be given away here: %v", err)
	}
	for _, old := range [][2]int{{54321, 54322}, {54321, 54323}} { // as the directory, and a group of its own
		backuptest.Fatal(t, os.Chown(db, old[0], old[1]))
		aside, err := Copy(t.Context(), copied, db, Options{})
		backuptest.Fatal(t, err)
		info, err := os.Stat(db)
		backuptest.Fatal(t, err)
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != old[0] || int(st.Gid) != old[1] {
			t.Errorf("%d:%d became %d:%d", old[0], old[1], st.Uid, st.Gid)
		}
		if info, err := os.Stat(aside); err != nil || info.Sys().(*syscall.Stat_t).Uid != 54321 {
			t.Errorf("%s: %v, %v", aside, info.Sys(), err)
		}
	}
}
