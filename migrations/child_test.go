package migrations

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The tests start this program again as another process: one that writes and
// can be killed, and one that hashes files, which would drop locks in ours.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := child(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(what, db string) error {
	switch what {
	case "hash":
		return hash(db)
	case "migrate":
		return migrateSlowly(db)
	}
	pool, err := open(context.Background(), db, "rwc")
	if err != nil {
		return err
	}
	_, err = pool.Exec(`PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (n INTEGER)`)
	for i := 0; i < 20 && err == nil; i++ {
		_, err = pool.Exec(`INSERT INTO t VALUES (?)`, i)
	}
	switch {
	case err != nil:
		return err
	case what == "close":
		return pool.Close()
	case what == "checkpoint":
		_, err = pool.Exec(`PRAGMA wal_checkpoint(truncate)`)
	case what == "rollback":
		_, err = pool.Exec(`PRAGMA wal_checkpoint(truncate); PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;
			INSERT INTO t SELECT hex(randomblob(500)) FROM t, t, t`)
	}
	fmt.Println("ready")
	for n := 20; err == nil; n++ { // on request, one more row
		line := ""
		if _, err = fmt.Scanln(&line); err == nil {
			_, err = pool.Exec(`INSERT INTO t VALUES (?)`, n)
			fmt.Println("wrote")
		}
	}
	return err
}

func hash(db string) error {
	names, err := os.ReadDir(filepath.Dir(db))
	if err != nil {
		return err
	}
	for _, e := range names {
		raw, err := os.ReadFile(filepath.Join(filepath.Dir(db), e.Name()))
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Printf("%s %d %x %s %s\n", e.Name(), len(raw), sha256.Sum256(raw), info.ModTime(), info.Mode())
	}
	return nil
}

func command(what, db string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "child", what, db)
	cmd.Stderr = os.Stderr
	return cmd
}

// state is every file in the store's directory with its hash and time.
func state(t *testing.T, db string) string {
	t.Helper()
	out, err := command("hash", db).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// writer is a process that has written twenty rows and holds the store open.
type writer struct {
	cmd *exec.Cmd
	in  interface{ Write([]byte) (int, error) }
	out *bufio.Reader
}

func startWriter(t *testing.T, what, db string) *writer {
	t.Helper()
	cmd := command(what, db)
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
	w := &writer{cmd: cmd, in: in, out: bufio.NewReader(out)}
	t.Cleanup(w.kill)
	if line, err := w.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("writer says %q, %v", line, err)
	}
	return w
}

func (w *writer) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

func (w *writer) write(t *testing.T) {
	t.Helper()
	if _, err := w.in.Write([]byte("more\n")); err != nil {
		t.Fatal(err)
	}
	if line, err := w.out.ReadString('\n'); line != "wrote\n" {
		t.Fatalf("writer says %q, %v", line, err)
	}
}
