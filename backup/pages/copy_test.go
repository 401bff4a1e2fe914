package pages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup/internal/backuptest"

	"github.com/google/go-cmp/cmp"
)

// copied fills a file with a snapshot, and says what it holds and whether nobody wrote meanwhile.
func copied(ctx context.Context, db, to string) (made Facts, quiet bool, err error) {
	defer Wrap(&err, "copy %s", db)
	if err := os.WriteFile(to, nil, 0o600); err != nil {
		return made, false, err
	}
	was, err := Snapshot(ctx, Source{File: db}, to, nil)
	if err == nil {
		err = Check(ctx, nil, to)
	}
	if err == nil {
		made, err = was.Compare(ctx, to)
	}
	return made, was.Quiet, err
}

func TestCopy(t *testing.T) {
	path, pool := backuptest.NewStore(t, 1000)
	dir := t.TempDir()
	to := filepath.Join(dir, "a copy%20?.db")
	c, quiet, err := copied(t.Context(), path, to)
	if err != nil {
		t.Fatal(err)
	}
	if !quiet || c.Rows["notes"] != 1000 || c.Rows[`note "tags"`] != 0 || c.Rows["search_docsize"] != 1000 || c.Orphans != 0 {
		t.Errorf("copied %+v", c)
	}
	if diff := cmp.Diff([]string{"a copy%20?.db"}, backuptest.Files(t, dir)); diff != "" {
		t.Errorf("files: %s", diff)
	}
	made := backuptest.Open(t, to, "mode=ro&immutable=1")
	if n := backuptest.Number(t, made, `SELECT count(*) FROM search WHERE search MATCH 'note'`); n != 1000 {
		t.Errorf("search finds %d", n)
	}
	if a, u := backuptest.Number(t, made, `PRAGMA application_id`), backuptest.Number(t, made, `PRAGMA user_version`); a != 1414744915 || u != 7 {
		t.Errorf("application_id %d, user_version %d", a, u)
	}
	backuptest.Add(t, pool, 1) // the store is still in use
}

func TestCopyKeepsOrphans(t *testing.T) {
	path, pool := backuptest.NewStore(t, 3)
	backuptest.Execute(t, pool, `INSERT INTO "note ""tags""" VALUES (77, 'orphan')`)
	to := filepath.Join(t.TempDir(), "copy.db")
	c, _, err := copied(t.Context(), path, to)
	if err != nil || c.Orphans != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if f, err := Inspect(t.Context(), to); err != nil || f.Orphans != 1 {
		t.Errorf("inspect: %+v, %v", f, err)
	}
}

// TestCopyBesideWriter: copies taken under steady writing are one state each.
func TestCopyBesideWriter(t *testing.T) {
	path, pool := backuptest.NewStore(t, 2000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		for ctx.Err() == nil { // a note and its tag, always together
			if _, err := pool.Exec(`
				BEGIN IMMEDIATE;
				INSERT INTO notes (title) VALUES ('new');
				INSERT INTO "note ""tags""" VALUES (last_insert_rowid(), 'x');
				COMMIT`); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	busy := 0
	for i := range 5 {
		to := filepath.Join(t.TempDir(), fmt.Sprintf("copy%d.db", i))
		c, quiet, err := copied(t.Context(), path, to)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Rows["notes"] != 2000+c.Rows[`note "tags"`] {
			t.Errorf("a torn copy: %v", c.Rows)
		}
		if !quiet {
			busy++
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if busy == 0 {
		t.Error("no copy was made while somebody wrote")
	}
}

// TestCopyWithLockIntact copies within a process that writes, while another
// program opens and closes the same store: it must not take it for unused.
func TestCopyWithLockIntact(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("there is no sqlite3 in PATH")
	}
	path, pool := backuptest.NewStore(t, 10)
	if _, _, err := copied(t.Context(), path, filepath.Join(t.TempDir(), "copy.db")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(shell, path, "SELECT count(*) FROM notes").CombinedOutput(); err != nil || string(out) != "10\n" {
		t.Fatalf("%s, %v", out, err)
	}
	backuptest.Add(t, pool, 5)
	if out, err := exec.Command(shell, path, "SELECT count(*) FROM notes").CombinedOutput(); err != nil || string(out) != "15\n" {
		t.Errorf("the other program sees %s, %v", out, err)
	}
}

func TestCopyFails(t *testing.T) {
	path, pool := backuptest.NewStore(t, 3000)
	_ = pool.Close()
	backuptest.Smash(t, path)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	sound, _ := backuptest.NewStore(t, 10)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		from string
		want error
	}{
		"smashed":   {t.Context(), path, ErrCorrupt},
		"text":      {t.Context(), text, ErrCorrupt},
		"cancelled": {cancelled, sound, context.Canceled},
	} {
		if _, _, err := copied(c.ctx, c.from, filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
