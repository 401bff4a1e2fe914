package putback

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/pages"
)

// TestKilledWhileMoving kills at every step while a wreck is replaced. The wreck must be
// whole before Recover, wherever its files are, and the place must hold it or
// the new store after it.
func TestKilledWhileMoving(t *testing.T) {
	steps := []string{"copy", "stage", "move", "move-wal", "move-shm", "move-journal", "swap", "sync"}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			db, from := wrecked(t)
			killStep(t, step, from, db)
			finished, err := Recover(db)
			if err != nil {
				t.Fatal(err)
			}
			dirs, err := Asides(db)
			if err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				if finished || len(dirs) != 0 || mended(t, db) != 11 {
					t.Errorf("finished %v, aside %v", finished, dirs)
				}
				return
			}
			if finished != (step != "sync") || len(dirs) != 1 {
				t.Fatalf("finished %v, aside %v", finished, dirs)
			}
			if slices.Contains(backuptest.Files(t, filepath.Dir(db)), filepath.Base(db)+"-wal") {
				t.Error("the old -wal is beside the new store")
			}
			if n, m := backuptest.Notes(t, db), mended(t, filepath.Join(dirs[0], filepath.Base(db))); n != 10 || m != 11 {
				t.Errorf("%d notes in place, %d aside", n, m)
			}
			if again, err := Recover(db); again || err != nil {
				t.Errorf("a second time: %v, %v", again, err)
			}
		})
	}
}

// TestKilledWhilePuttingBack kills at every step while a database becomes the copy: it is the
// old or the new one, and what is put aside is whole.
func TestKilledWhilePuttingBack(t *testing.T) {
	for _, c := range []struct {
		step  string
		notes int64
		aside bool
	}{{"copy", 11, false}, {"keep", 11, false}, {"overwrite", 11, false}, {"clean", 10, true}} {
		t.Run(c.step, func(t *testing.T) {
			db, from := crashed(t)
			killStep(t, c.step, from, db)
			if finished, err := Recover(db); finished || err != nil {
				t.Fatalf("finished %v, %v", finished, err)
			}
			dirs, err := Asides(db)
			if err != nil || (len(dirs) == 1) != c.aside {
				t.Fatalf("aside %v, %v", dirs, err)
			}
			if n := backuptest.Notes(t, db); n != c.notes {
				t.Errorf("%d notes in place", n)
			}
			if c.aside && backuptest.Notes(t, filepath.Join(dirs[0], filepath.Base(db))) != 11 {
				t.Error("what is aside is not what was there")
			}
		})
	}
}

// TestNeedlessAside: what a killed restore has put aside goes when the store is still as it was then, also when the
// restore had begun to write its log; it stays when somebody has written since, and when the restore came to its end.
func TestNeedlessAside(t *testing.T) {
	for name, c := range map[string]struct {
		since func(t *testing.T, db string)
		stays bool
	}{
		"killed": {func(*testing.T, string) {}, false},
		"killed in its transaction": {func(t *testing.T, db string) {
			log, err := os.OpenFile(db+"-wal", os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = log.Write(make([]byte, 5*(4096+24)+100))
			}
			if err = errors.Join(err, log.Close()); err != nil {
				t.Fatal(err)
			}
		}, false},
		"written since": {func(t *testing.T, db string) { backuptest.Add(t, backuptest.Open(t, db, "mode=rw"), 1) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			db, from := crashed(t)
			for range 2 {
				killStep(t, "overwrite", from, db)
				c.since(t, db)
				if _, err := Recover(db); err != nil {
					t.Fatal(err)
				}
			}
			if dirs, err := Asides(db); err != nil || (len(dirs) > 0) != c.stays {
				t.Errorf("aside %v, %v", dirs, err)
			}
		})
	}
}

// TestCopyAfterCrash copies what a killed process left, with its -wal.
func TestCopyAfterCrash(t *testing.T) {
	for _, lost := range []string{"", "-shm"} {
		db, _ := crashed(t)
		if lost != "" {
			if err := os.Remove(db + lost); err != nil {
				t.Fatal(err)
			}
		}
		to := filepath.Join(t.TempDir(), "copy.db")
		backuptest.Fatal(t, os.WriteFile(to, nil, 0o600))
		if _, err := pages.Snapshot(t.Context(), pages.Source{File: db}, to, nil); err != nil {
			t.Errorf("without %q: %v", lost, err)
		}
		if c, err := pages.Inspect(t.Context(), to); err != nil || c.Rows["notes"] != 11 {
			t.Errorf("without %q: %v, %v", lost, c.Rows, err)
		}
	}
}
