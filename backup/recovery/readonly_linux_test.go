package recovery_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup"
	"taskstore/backup/internal/backuptest"
	"taskstore/backup/recovery"
	"taskstore/internal/durable"
	"taskstore/repo"
	"taskstore/schema"

	"golang.org/x/sys/unix"
)

// copyStore copies a store as a crash leaves it: with its -wal, and without its -shm.
func copyStore(t *testing.T, from, to string) {
	t.Helper()
	fatal(t, filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		rel, bad := filepath.Rel(from, path)
		switch {
		case errors.Join(err, bad) != nil:
			return errors.Join(err, bad)
		case e.IsDir():
			return durable.MakeDir(filepath.Join(to, rel))
		case strings.HasSuffix(path, "-shm"):
			return nil
		}
		return exec.Command("cp", path, filepath.Join(to, rel)).Run() // not opened here: it would drop SQLite's locks
	}))
}

// TestReadOnlyDisk: a store on a disk that has gone read-only is backed up to another
// one, with what its -wal holds and its contents, by hand and by a schedule.
func TestReadOnlyDisk(t *testing.T) {
	backuptest.OnDisk(t, "64m", func(disk string) {
		store := filled(t)
		closed, crashed := filepath.Join(disk, "closed"), filepath.Join(disk, "crashed")
		fatal(t, store.Tasks.Save(t.Context(), &schema.Task{Title: "in the log", Status: "todo"}))
		copyStore(t, store.Dir(), crashed)
		if info, err := os.Stat(repo.DBPath(crashed) + "-wal"); err != nil || info.Size() == 0 {
			t.Fatal("nothing is in the log:", err)
		}
		fatal(t, store.Close())
		copyStore(t, store.Dir(), closed)
		fatal(t, unix.Mount("", disk, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
		for n, dir := range []string{closed, crashed} {
			place := filepath.Join(t.TempDir(), fmt.Sprint("ts", n))
			b, made, err := recovery.Create(t.Context(), dir, recovery.CreateOptions{To: place})
			if err != nil || !made || !b.Good() || b.Counts["tasks"] != 4 || b.Named.Count != 1 || b.Named.Missing != 0 {
				t.Errorf("%s: %+v, %v", dir, b, err)
				continue
			}
			c, err := recovery.Schedule{To: place}.Once(t.Context(), dir, backup.Hourly)
			if err != nil || c.Made || !c.Drilled {
				t.Errorf("%s: %+v, %v", dir, c, err)
			}
			to := filepath.Join(t.TempDir(), "restored")
			_, err = recovery.Restore(t.Context(), to, backup.Latest, recovery.RestoreOptions{From: place})
			fatal(t, err)
			wantCounts(t, to, 4)
		}
		if _, _, err := recovery.Create(t.Context(), closed, recovery.CreateOptions{}); !durable.IsReadOnly(err) {
			t.Errorf("beside the store: %v", err)
		}
	})
}

// TestFullDiskTold: a run that failed because the disk is full is told by a store that is
// opened on that disk.
func TestFullDiskTold(t *testing.T) {
	backuptest.OnDisk(t, "64m", func(disk string) {
		store := filled(t)
		fatal(t, store.Close())
		dir := filepath.Join(disk, "st")
		copyStore(t, store.Dir(), dir)
		fatal(t, os.Mkdir(filepath.Join(dir, "backups"), 0o700))
		f, err := os.Create(filepath.Join(disk, "filler"))
		fatal(t, err)
		for n := 1 << 20; n > 0; n /= 1 << 10 {
			for err = nil; err == nil; {
				_, err = f.Write(make([]byte, n))
			}
		}
		if _, err := (recovery.Schedule{}).Once(t.Context(), dir, backup.Hourly); err == nil {
			t.Fatal("there was room")
		} else if !errors.Is(err, backup.ErrFull) {
			t.Errorf("the run: %v", err)
		}
		s, err := repo.Open(t.Context(), dir, repo.Options{ReadOnly: true})
		fatal(t, err)
		defer s.Close()
		st, err := s.Status(t.Context())
		if err != nil || st.Counts["tasks"] != 3 {
			t.Errorf("status: %+v, %v", st, err)
		}
		if runs, err := s.Backups().Runs(); err != nil || runs.Failed == nil || runs.Failed.Times != 1 {
			t.Errorf("runs: %+v, %v", runs, err)
		}
	})
}
