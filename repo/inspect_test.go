package repo

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// inspectFile makes a closed store of two rows in a directory of its own.
func inspectFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a store?#%41.db")
	src := writerSource(path, time.Second, DurabilityFull)
	src.query = url.Values{"mode": {"rwc"}}
	src.pragmas = append(src.pragmas, "journal_mode(WAL)")
	dsn, err := src.dsn()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openPool(t.Context(), dsn, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE seen (n INTEGER) STRICT; INSERT INTO seen VALUES (1), (2)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
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
		t.Skip("runs inside the tests of inspectDSN only")
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
		db, err := openWriterPool(t.Context(), path, time.Second, DurabilityFull, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`INSERT INTO seen VALUES (3)`); err != nil {
			t.Fatal(err)
		}
		fmt.Println("wrote")
		_, _ = io.Copy(io.Discard, os.Stdin)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
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
			dsn, cleanup, err := inspectDSN(t.Context(), path, func() (string, error) { return scratch, os.Mkdir(scratch, 0o700) })
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(dsn, c.way) {
				t.Errorf("opened by %s", dsn)
			}
			inspectRows(t, dsn, c.rows)
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

// inspectRows opens the store with two readers, checks it and counts.
func inspectRows(t *testing.T, dsn string, want int) {
	t.Helper()
	db, err := openPool(t.Context(), dsn, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var check string
	var n int
	if err := errors.Join(db.Get(&check, `PRAGMA integrity_check`), db.Get(&n, `SELECT count(*) FROM seen`)); err != nil {
		t.Fatal(err)
	}
	if check != "ok" || n != want {
		t.Errorf("%d rows, want %d; integrity_check: %s", n, want, check)
	}
	if _, err := db.Exec(`INSERT INTO seen VALUES (4)`); err == nil && !strings.Contains(dsn, "scratch") {
		t.Error("it can be written to")
	}
}

// TestInspectDisturbed: a writer that does not ask for the store's lock begins
// and ends while the file is open as immutable.
func TestInspectDisturbed(t *testing.T) {
	path := inspectFile(t)
	dsn, cleanup, err := inspectDSN(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	inspectRows(t, dsn, 2)
	_, end := inspectWriter(t, path)
	end()
	if err := cleanup(); !errors.Is(err, ErrLocked) {
		t.Errorf("cleanup: %v", err)
	}
	if _, _, err := inspectDSN(t.Context(), path+"x", nil); !errors.Is(err, ErrNoStore) {
		t.Errorf("no file: %v", err)
	}
}

// TestInspectLetsWritersGoOn: a writer that ends while a reader is there leaves
// the -wal to it.
func TestInspectLetsWritersGoOn(t *testing.T) {
	path := inspectFile(t)
	_, end := inspectWriter(t, path)
	dsn, cleanup, err := inspectDSN(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openPool(t.Context(), dsn, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.Get(&n, `SELECT count(*) FROM seen`); err != nil || n != 3 {
		t.Errorf("%d rows beside the writer, %v", n, err)
	}
	end()
	_, end = inspectWriter(t, path)
	if err := db.Get(&n, `SELECT count(*) FROM seen`); err != nil || n != 4 {
		t.Errorf("%d rows after another writer, %v", n, err)
	}
	end()
	if err := errors.Join(db.Close(), cleanup()); err != nil {
		t.Error(err)
	}
}
