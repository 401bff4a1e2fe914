package pages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup/internal/backuptest"

	"github.com/google/go-cmp/cmp"
)

func TestCopy(t *testing.T) {
	path, pool := backuptest.NewStore(t, 1000)
	dir := t.TempDir()
	to := filepath.Join(dir, "a copy%20?.db")
	c, err := Copy(t.Context(), path, to, CopyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Quiet || c.Rows["notes"] != 1000 || c.Rows[`note "tags"`] != 0 || c.Rows["search_docsize"] != 1000 || c.File != to {
		t.Errorf("copied %+v", c)
	}
	if err := Verify(t.Context(), to); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"a copy%20?.db"}, backuptest.Files(t, dir)); diff != "" {
		t.Errorf("files: %s", diff)
	}
	info, err := os.Stat(to)
	if err != nil || info.Size() != c.Size || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; said %d bytes", info, err, c.Size)
	}
	made := backuptest.Open(t, to, "mode=ro&immutable=1")
	if n := backuptest.Number(t, made, `SELECT count(*) FROM search WHERE search MATCH 'note'`); n != 1000 {
		t.Errorf("search finds %d", n)
	}
	if a, u := backuptest.Number(t, made, `PRAGMA application_id`), backuptest.Number(t, made, `PRAGMA user_version`); a != 1414744915 || u != 7 {
		t.Errorf("application_id %d, user_version %d", a, u)
	}
	if _, err := Copy(t.Context(), path, to, CopyOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second copy under that name: %v", err)
	}
	backuptest.Add(t, pool, 1) // the store is still in use
}

func TestCopyKeepsOrphans(t *testing.T) {
	path, pool := backuptest.NewStore(t, 3)
	backuptest.Execute(t, pool, `INSERT INTO "note ""tags""" VALUES (77, 'orphan')`)
	to := filepath.Join(t.TempDir(), "copy.db")
	c, err := Copy(t.Context(), path, to, CopyOptions{})
	if err != nil || c.Orphans != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := Verify(t.Context(), to); !errors.Is(err, ErrOrphans) || errors.Is(err, ErrCorrupt) {
		t.Errorf("verify: %v", err)
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
		c, err := Copy(t.Context(), path, to, CopyOptions{})
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Rows["notes"] != 2000+c.Rows[`note "tags"`] {
			t.Errorf("a torn copy: %v", c.Rows)
		}
		if !c.Quiet {
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
	if _, err := Copy(t.Context(), path, filepath.Join(t.TempDir(), "copy.db"), CopyOptions{}); err != nil {
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
		"missing":   {t.Context(), path + "x", fs.ErrNotExist},
		"smashed":   {t.Context(), path, ErrCorrupt},
		"text":      {t.Context(), text, ErrCorrupt},
		"cancelled": {cancelled, sound, context.Canceled},
	} {
		dir := t.TempDir()
		if _, err := Copy(c.ctx, c.from, filepath.Join(dir, "copy.db"), CopyOptions{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left := backuptest.Files(t, dir); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
	if _, err := Copy(t.Context(), sound, filepath.Join(t.TempDir(), "no", "copy.db"), CopyOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such directory: %v", err)
	}
}
