package putback

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/pages"
	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"

	"github.com/google/go-cmp/cmp"
)

// The tests start this program again as a process that can be killed.
func TestMain(m *testing.M) { backuptest.Main(m, child) }

// child writes to a store and dies with a full -wal, or puts a copy back and dies at a step.
func child(args []string) error {
	if args[0] == "write" {
		pool, err := sqlfile.Open(args[1], "mode=rw&_pragma=wal_autocheckpoint(0)")
		if err != nil {
			return err
		}
		if _, err := pool.Exec(`INSERT INTO notes (title) VALUES ('only in the wal')`); err != nil {
			return err
		}
		backuptest.Die()
	}
	_, err := Copy(context.Background(), args[1], args[2], Options{step: func(step string) {
		if step == args[0] {
			backuptest.Die()
		}
	}})
	return err
}

// crashed is a store of 10 notes, a copy of it, and one note written since
// that is in the -wal alone, left by a process that was killed.
func crashed(t *testing.T) (db, from string) {
	t.Helper()
	db, pool := backuptest.NewStore(t, 10)
	from = filepath.Join(t.TempDir(), "copy.db")
	backuptest.Copied(t, db, from)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	_ = exec.Command(os.Args[0], "child", "write", db).Run()
	if info, err := os.Stat(db + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("there is no -wal: %v", err)
	}
	return db, from
}

// magic begins every database.
const magic = "SQLite format 3\x00"

// wrecked is a crashed store that SQLite takes for no database.
func wrecked(t *testing.T) (db, from string) {
	t.Helper()
	db, from = crashed(t)
	begin(t, db, strings.Repeat("x", len(magic)))
	return db, from
}

// begin writes over the beginning of a file.
func begin(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// mended counts the notes in a wreck.
func mended(t *testing.T, db string) int64 {
	t.Helper()
	begin(t, db, magic)
	return backuptest.Notes(t, db)
}

// killStep has a child put a copy back and die at a step.
func killStep(t *testing.T, step, from, db string) {
	t.Helper()
	if err := exec.Command(os.Args[0], "child", step, from, db).Run(); err == nil {
		t.Fatalf("%s: it was not killed", step)
	}
}

func TestPutBack(t *testing.T) {
	db, from := crashed(t)
	if err := os.Chmod(db, 0o640); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }
	aside, err := Copy(t.Context(), from, db, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if aside != db+".aside-20260504T030201Z" {
		t.Errorf("aside is %s", aside)
	}
	base := filepath.Base(db)
	if diff := cmp.Diff([]string{base, base + "-shm"}, backuptest.Files(t, filepath.Dir(db))); diff != "" { // SQLite's, without a meaning
		t.Errorf("in place: %s", diff)
	}
	if diff := cmp.Diff([]string{base, base + "-wal"}, backuptest.Files(t, aside)); diff != "" {
		t.Errorf("aside: %s", diff)
	}
	if info, err := os.Stat(db); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if n, m := backuptest.Notes(t, db), backuptest.Notes(t, filepath.Join(aside, base)); n != 10 || m != 11 {
		t.Errorf("%d notes in place and %d aside, want 10 and 11", n, m)
	}
	again, err := Copy(t.Context(), from, db, Options{Now: now})
	if err != nil || again != aside+"-2" {
		t.Errorf("in the same second: %s, %v", again, err)
	}
	if done, err := Recover(db); done || err != nil {
		t.Errorf("recover: %v, %v", done, err)
	}
}

func TestPutBackInEmptyPlace(t *testing.T) {
	_, from := crashed(t)
	db := filepath.Join(t.TempDir(), "store.db")
	aside, err := Copy(t.Context(), from, db, Options{})
	if err != nil || aside != "" || backuptest.Notes(t, db) != 10 {
		t.Errorf("aside %q, %v", aside, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(db)); err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v", entries, err)
	}
}

// TestPutBackRefuses: nothing moves before the copy has been verified.
func TestPutBackRefuses(t *testing.T) {
	db, from := crashed(t)
	bad := filepath.Join(t.TempDir(), "bad.db")
	if err := errors.Join(durable.CopyFile(t.Context(), from, bad), os.Truncate(bad, 8192)); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	before := backuptest.Files(t, filepath.Dir(db))
	for _, c := range []struct {
		ctx  context.Context
		from string
		want error
	}{
		{t.Context(), bad, pages.ErrCorrupt},
		{t.Context(), from + "x", fs.ErrNotExist},
		{cancelled, from, context.Canceled},
		{t.Context(), db, nil},
	} {
		aside, err := Copy(c.ctx, c.from, db, Options{})
		if err == nil || aside != "" || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v", c.from, aside, err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(db))
	if err != nil || len(entries) != len(before) {
		t.Errorf("left %v, %v", entries, err)
	}
	if n := backuptest.Notes(t, db); n != 11 {
		t.Errorf("%d notes", n)
	}
}

// TestPutBackUndone loses the copy before the last rename.
func TestPutBackUndone(t *testing.T) {
	db, from := wrecked(t)
	opt := Options{step: func(step string) {
		if step != "swap" {
			return
		}
		dirs, err := Asides(db)
		if err != nil || len(dirs) != 1 || len(backuptest.Files(t, filepath.Dir(db))) != 0 {
			t.Fatalf("%v, %v", dirs, err)
		}
		if err := os.Remove(filepath.Join(dirs[0], incoming)); err != nil {
			t.Fatal(err)
		}
	}}
	aside, err := Copy(t.Context(), from, db, opt)
	if !errors.Is(err, fs.ErrNotExist) || aside != "" {
		t.Errorf("aside %q, error %v", aside, err)
	}
	if dirs, err := Asides(db); err != nil || len(dirs) != 0 {
		t.Errorf("left %v, %v", dirs, err)
	}
	if n := mended(t, db); n != 11 {
		t.Errorf("%d notes", n)
	}
}

// TestPutBackNotUndone: a directory has taken the name of the database, so
// that neither the copy nor the old store can have it. Recover ends it.
func TestPutBackNotUndone(t *testing.T) {
	db, from := wrecked(t)
	opt := Options{step: func(step string) {
		if step == "swap" {
			if err := os.Mkdir(db, 0o700); err != nil {
				t.Error(err)
			}
		}
	}}
	aside, err := Copy(t.Context(), from, db, opt)
	if err == nil || aside == "" || !strings.Contains(err.Error(), "move the old store back") {
		t.Fatalf("aside %q, error %v", aside, err)
	}
	if err := os.Remove(db); err != nil {
		t.Fatal(err)
	}
	if done, err := Recover(db); !done || err != nil {
		t.Errorf("recover: %v, %v", done, err)
	}
	if n, m := backuptest.Notes(t, db), mended(t, filepath.Join(aside, filepath.Base(db))); n != 10 || m != 11 {
		t.Errorf("%d notes in place, %d aside", n, m)
	}
}

// TestRecoverAfterNewStore: somebody made a new store in the middle. It is put
// aside like the old one, under a name of its own.
func TestRecoverAfterNewStore(t *testing.T) {
	db, from := wrecked(t)
	killStep(t, "swap", from, db)
	pool := backuptest.Open(t, db, "mode=rwc")
	backuptest.Execute(t, pool, `CREATE TABLE notes (pk)`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if done, err := Recover(db); !done || err != nil {
		t.Fatal(done, err)
	}
	dirs, err := Asides(db)
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	old := filepath.Join(dirs[0], filepath.Base(db))
	if a, b, c := backuptest.Notes(t, db), mended(t, old), backuptest.Notes(t, old+".2"); a != 10 || b != 11 || c != 0 {
		t.Errorf("%d notes in place, %d and %d aside", a, b, c)
	}
}
