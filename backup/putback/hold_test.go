package putback

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/pages"
	"taskstore/internal/sqlitedb"

	"github.com/google/go-cmp/cmp"
)

// stored is a store of 10 notes, a copy of it, and one note written since.
func stored(t *testing.T, mode string) (db, from string) {
	t.Helper()
	db, pool := backuptest.NewStore(t, 10)
	from = filepath.Join(t.TempDir(), "copy.db")
	backuptest.Copied(t, db, from)
	backuptest.Execute(t, pool, `PRAGMA journal_mode = `+mode+`; INSERT INTO notes (title) VALUES ('since')`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return db, from
}

// TestHold: a connection that is idle keeps the hold away, and the hold keeps all others away.
func TestHold(t *testing.T) {
	db, from := stored(t, "WAL")
	idle := backuptest.Open(t, db, "mode=rw&_pragma=busy_timeout(1)")
	backuptest.Number(t, idle, `SELECT count(*) FROM notes`)
	var inUse *InUseError
	if _, err := TakeHold(t.Context(), db, 30*time.Millisecond); !errors.As(err, &inUse) {
		t.Fatalf("beside an idle connection: %v", err)
	}
	if _, err := Copy(t.Context(), from, db, Options{Wait: 30 * time.Millisecond}); !errors.As(err, &inUse) {
		t.Errorf("put back beside an idle connection: %v", err)
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := TakeHold(t.Context(), db, 0)
	if err != nil || !h.locked {
		t.Fatalf("%+v, %v", h, err)
	}
	for _, mode := range []string{"rw", "ro"} {
		other := backuptest.Open(t, db, "mode="+mode+"&_pragma=busy_timeout(1)")
		var n int
		if err := other.QueryRow(`SELECT count(*) FROM notes`).Scan(&n); !isBusy(err) {
			t.Errorf("another reads: %v", err)
		}
	}
	if err := h.Release(); err != nil || backuptest.Notes(t, db) != 11 {
		t.Errorf("after the release: %v", err)
	}
	if got := backuptest.Files(t, filepath.Dir(db)); len(got) != 1 {
		t.Errorf("left %v", got)
	}
}

// TestHoldDeadline: who waits until its own time has passed is told that, and that the
// database is in use.
func TestHoldDeadline(t *testing.T) {
	db, _ := stored(t, "WAL")
	idle := backuptest.Open(t, db, "mode=rw&_pragma=busy_timeout(1)")
	backuptest.Number(t, idle, `SELECT count(*) FROM notes`)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := TakeHold(ctx, db, time.Minute)
	var inUse *InUseError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, sqlitedb.ErrLocked) || !errors.As(err, &inUse) {
		t.Errorf("%v", err)
	}
}

// TestHoldUnlockable: what is no database, or not there, is held without a lock.
func TestHoldUnlockable(t *testing.T) {
	db := filepath.Join(t.TempDir(), "store.db")
	for _, text := range []string{"", "no database, but as long as the header of one must be, and somewhat longer than that is; one hundred bytes"} {
		if text != "" {
			if err := os.WriteFile(db, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h, err := TakeHold(t.Context(), db, 0)
		if err != nil || h.locked {
			t.Fatalf("%q: %+v, %v", text, h, err)
		}
		if err := h.Release(); err != nil {
			t.Error(err)
		}
	}
}

// TestPutBackUnderOthers: whoever has opened the file before, and is in no
// transaction, goes on in the new store: who never read, who waits for the lock,
// and in a store without a -wal who has read.
func TestPutBackUnderOthers(t *testing.T) {
	for _, mode := range []string{"WAL", "DELETE"} {
		db, from := stored(t, mode)
		fresh := backuptest.Open(t, db, "mode=rw&_pragma=busy_timeout(10000)")
		conn, err := fresh.Conn(t.Context())
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
		if mode == "DELETE" {
			backuptest.Number(t, fresh, `SELECT count(*) FROM notes`)
		}
		waiting := backuptest.Open(t, db, "mode=rw&_pragma=busy_timeout(10000)")
		done := make(chan error)
		opt := Options{step: func(step string) {
			if step == "overwrite" {
				go func() {
					_, err := waiting.Exec(`INSERT INTO notes (title) VALUES ('waited')`)
					done <- err
				}()
				time.Sleep(50 * time.Millisecond)
			}
		}}
		aside, err := Copy(t.Context(), from, db, opt)
		if err != nil || aside == "" {
			t.Fatalf("%s: %q, %v", mode, aside, err)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: who waited: %v", mode, err)
		}
		backuptest.Execute(t, fresh, `INSERT INTO notes (title) VALUES ('fresh')`)
		if n := backuptest.Notes(t, db); n != 12 {
			t.Errorf("%s: %d notes, want 10 and the two that came", mode, n)
		}
		if n := backuptest.Notes(t, filepath.Join(aside, filepath.Base(db))); n != 11 {
			t.Errorf("%s: %d notes aside", mode, n)
		}
	}
}

// TestPutBackKept: what is kept elsewhere is not put aside.
func TestPutBackKept(t *testing.T) {
	db, from := stored(t, "WAL")
	aside, err := Copy(t.Context(), from, db, Options{Kept: true})
	if err != nil || aside != "" || backuptest.Notes(t, db) != 10 {
		t.Errorf("%q, %v", aside, err)
	}
	if dirs, err := Asides(db); err != nil || len(dirs) > 0 {
		t.Errorf("left %v, %v", dirs, err)
	}
}

// TestPutBackPages: a store whose pages have another size than the copy's.
func TestPutBackPages(t *testing.T) {
	db, from := stored(t, "DELETE")
	pool := backuptest.Open(t, db, "mode=rw")
	backuptest.Execute(t, pool, `PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if aside, err := Copy(t.Context(), from, db, Options{}); err != nil || aside == "" || backuptest.Notes(t, db) != 10 {
		t.Errorf("%q, %v", aside, err)
	}
	if _, err := pages.Inspect(t.Context(), db); err != nil {
		t.Error(err)
	}
}

// TestPutBackLink: the file that a link leads to becomes the copy, and the link stays.
func TestPutBackLink(t *testing.T) {
	db, from := stored(t, "WAL")
	link := filepath.Join(t.TempDir(), "store.db")
	if err := os.Symlink(db, link); err != nil {
		t.Skip(err)
	}
	for _, wreck := range []bool{false, true} {
		if wreck {
			if err := os.WriteFile(db, make([]byte, 5000), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if aside, err := Copy(t.Context(), from, link, Options{}); err != nil || filepath.Dir(aside) != filepath.Dir(db) {
			t.Errorf("%q, %v", aside, err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 || backuptest.Notes(t, db) != 10 {
			t.Errorf("the link is %v, %v", info.Mode(), err)
		}
	}
}

// TestKeptOnce: what a restore put aside that was killed goes with the next.
func TestKeptOnce(t *testing.T) {
	db, from := stored(t, "WAL")
	for range 2 {
		killStep(t, "overwrite", from, db)
		if _, err := Recover(db); err != nil {
			t.Fatal(err)
		}
	}
	aside, err := Copy(t.Context(), from, db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := Asides(db)
	if diff := cmp.Diff([]string{aside}, dirs); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}
