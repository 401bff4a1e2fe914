package opening

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/internal/sqlitedb"
)

// inspectFile makes a closed store of two rows in a directory of its own.
func inspectFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a store?#%41.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inspectExec(t, path, `CREATE TABLE seen (n INTEGER) STRICT; INSERT INTO seen VALUES (1), (2)`)()
	return path
}

// inspectExec writes to the store, and leaves it open until it is closed.
func inspectExec(t *testing.T, path, text string) (end func()) {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), path, sqlitedb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Do(t.Context(), func(ctx context.Context, tx *sqlitedb.Tx) error {
		_, err := tx.Exec(ctx, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := db.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// inspectChild runs TestInspectChild in a process of its own.
func inspectChild(what, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestInspectChild$")
	cmd.Env = append(os.Environ(), "REPO_INSPECT_CHILD="+what, "REPO_INSPECT_PATH="+path)
	return cmd
}

// TestInspectChild is the other process. It hashes the files beside a store,
// which would cost this process its locks, or writes a row and waits.
func TestInspectChild(t *testing.T) {
	what, path := os.Getenv("REPO_INSPECT_CHILD"), os.Getenv("REPO_INSPECT_PATH")
	switch what {
	case "":
		t.Skip("runs inside the tests of inspect only")
	case "hash":
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("%s %s %v %x\n", e.Name(), info.Mode(), info.ModTime(), sha256.Sum256(raw))
		}
	case "write":
		end := inspectExec(t, path, `INSERT INTO seen VALUES (3)`)
		fmt.Println("wrote")
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}
}

// inspectHash is what the store's directory holds, without the test's verdict.
func inspectHash(t *testing.T, path string) string {
	t.Helper()
	out, err := inspectChild("hash", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(out), "PASS")
	return text
}

// inspectWriter starts a process that has the store open and has written the
// third row to the -wal. kill and end stop it.
func inspectWriter(t *testing.T, path string) (kill, end func()) {
	t.Helper()
	cmd := inspectChild("write", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "wrote\n" {
		t.Fatalf("writer said %q, %v", line, err)
	}
	return kill, func() { _ = in.Close(); _ = cmd.Wait() }
}

func TestInspectChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(t *testing.T, path string)
		rows    int
		way     string
	}{
		"closed": {func(*testing.T, string) {}, 2, "immutable=1"},
		"writer": {func(t *testing.T, path string) { inspectWriter(t, path) }, 3, "readonly_shm=1"},
		"crash": {func(t *testing.T, path string) {
			kill, _ := inspectWriter(t, path)
			kill()
		}, 3, "readonly_shm=1"},
		"crash without shm": {func(t *testing.T, path string) {
			kill, _ := inspectWriter(t, path)
			kill()
			if err := os.Remove(path + "-shm"); err != nil {
				t.Fatal(err)
			}
		}, 3, "scratch"},
	} {
		t.Run(name, func(t *testing.T) {
			path := inspectFile(t)
			c.arrange(t, path)
			before := inspectHash(t, path)
			scratch := filepath.Join(t.TempDir(), "scratch")
			file, opt, cleanup, err := Inspect(t.Context(), path, func() (string, error) { return scratch, os.Mkdir(scratch, 0o700) })
			if err != nil {
				t.Fatal(err)
			}
			if way := file + "?" + opt.URI.Encode(); !strings.Contains(way, c.way) {
				t.Errorf("opened by %s", way)
			}
			inspectRows(t, file, opt, c.rows)
			if err := cleanup(); err != nil {
				t.Error(err)
			}
			if after := inspectHash(t, path); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
			if _, err := os.Stat(scratch); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("scratch stays: %v", err)
			}
		})
	}
}

// inspectRows opens the store, checks it and counts.
func inspectRows(t *testing.T, file string, opt sqlitedb.Options, want int) {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), file, opt)
	if err != nil {
		t.Fatal(err)
	}
	var verify string
	err = db.View(t.Context(), func(ctx context.Context, tx *sqlitedb.Tx) error {
		if err := tx.Get(ctx, &verify, `PRAGMA integrity_check`); err != nil || verify != "ok" {
			t.Errorf("integrity_check: %s, %v", verify, err)
		}
		if n := inspectCount(t, db); n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO seen VALUES (4)`); (err == nil) != opt.Copy {
			t.Errorf("writing to it: %v", err)
		}
		return nil
	})
	if err := errors.Join(err, db.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

func inspectCount(t *testing.T, db *sqlitedb.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *sqlitedb.Tx) error {
		return tx.Get(ctx, &n, `SELECT count(*) FROM seen`)
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// TestInspectDisturbed: a writer that does not ask for the store's lock begins
// and ends while the file is open as immutable.
func TestInspectDisturbed(t *testing.T) {
	path := inspectFile(t)
	file, opt, cleanup, err := Inspect(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	inspectRows(t, file, opt, 2)
	_, end := inspectWriter(t, path)
	end()
	if err := cleanup(); !errors.Is(err, sqlitedb.ErrLocked) {
		t.Errorf("cleanup: %v", err)
	}
	if _, _, _, err := Inspect(t.Context(), path+"x", nil); !errors.Is(err, ErrNoStore) {
		t.Errorf("no file: %v", err)
	}
}

// TestInspectLetsWritersGoOn: a writer that ends while a reader is there leaves
// the -wal to it.
func TestInspectLetsWritersGoOn(t *testing.T) {
	path := inspectFile(t)
	_, end := inspectWriter(t, path)
	file, opt, cleanup, err := Inspect(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlitedb.Open(t.Context(), file, opt)
	if err != nil {
		t.Fatal(err)
	}
	if n := inspectCount(t, db); n != 3 {
		t.Errorf("%d rows beside the writer", n)
	}
	end()
	_, end = inspectWriter(t, path)
	if n := inspectCount(t, db); n != 4 {
		t.Errorf("%d rows after another writer", n)
	}
	end()
	if err := errors.Join(db.Close(t.Context()), cleanup()); err != nil {
		t.Error(err)
	}
}
