package recovery_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// tool is another program that writes to the store's file and has no lock of ours.
type tool struct {
	cmd   *exec.Cmd
	in    io.Closer
	lines chan string
	done  []string // keys that were committed
}

// startTool starts it, and returns when it has committed a few.
func startTool(t *testing.T, path, mode, python string) *tool {
	t.Helper()
	w := &tool{cmd: exec.Command(python, filepath.Join("testdata", "tool.py"), path, mode), lines: make(chan string, 100_000)}
	if python == "" {
		w.cmd = exec.Command(os.Args[0], "-test.run=^TestTool$")
		w.cmd.Env = append(os.Environ(), "RECOVERY_TEST_TOOL="+path, "RECOVERY_TEST_MODE="+mode)
	}
	w.cmd.Stderr = os.Stderr
	in, err := w.cmd.StdinPipe()
	fatal(t, err)
	out, err := w.cmd.StdoutPipe()
	fatal(t, err)
	fatal(t, w.cmd.Start())
	w.in = in
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			w.lines <- s.Text()
		}
	}()
	for len(w.done) < 20 {
		line, ok := <-w.lines
		if !ok {
			t.Fatal("the tool ended early")
		}
		w.done = append(w.done, line)
	}
	return w
}

// stop ends it and gives all that it was told to be committed.
func (w *tool) stop(t *testing.T) []string {
	t.Helper()
	fatal(t, w.in.Close())
	for line := range w.lines {
		w.done = append(w.done, line)
	}
	fatal(t, w.cmd.Wait())
	return w.done
}

// TestTool is the tool, where there is no Python.
func TestTool(t *testing.T) {
	path, mode := os.Getenv("RECOVERY_TEST_TOOL"), os.Getenv("RECOVERY_TEST_MODE")
	if path == "" {
		t.Skip("skipped: it is a program for TestRestoreBesideTool")
	}
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	connect := func() *sql.DB {
		pool := connectTo(t, path)
		fatal(t, pool.Ping())
		return pool
	}
	commit := func(pool *sql.DB, key string) {
		_, err := pool.Exec("INSERT INTO settings (key, value) VALUES (?, '1')", key)
		fatal(t, err)
		fmt.Println(key)
	}
	beside := connect()
	if mode == "idle" {
		_, err := beside.Exec("SELECT count(*) FROM settings")
		fatal(t, err)
	}
	for n := 0; ; n++ {
		select {
		case <-stop:
			if mode == "untouched" {
				commit(beside, "beside")
			}
			os.Exit(0)
		case <-time.After(time.Millisecond):
		}
		if mode == "open" {
			commit(beside, fmt.Sprint(mode, n))
			continue
		}
		one := connect()
		commit(one, fmt.Sprint(mode, n))
		fatal(t, one.Close())
	}
}

func connectTo(t *testing.T, path string) *sql.DB {
	t.Helper()
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=rw&_pragma=busy_timeout(20000)"}
	pool, err := sql.Open("sqlite", u.String())
	fatal(t, err)
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

func settingsIn(t *testing.T, path string) map[string]bool {
	t.Helper()
	pool := connectTo(t, path)
	defer pool.Close()
	result, err := pool.Query("SELECT key FROM settings")
	fatal(t, err)
	defer result.Close()
	keys := map[string]bool{}
	for result.Next() {
		var key string
		fatal(t, result.Scan(&key))
		keys[key] = true
	}
	fatal(t, result.Err())
	return keys
}

// TestRestoreBesideTool restores while another program commits: with one connection,
// with a new one each time, beside one that is idle, beside one that has
// opened the file and read nothing. The restore is refused, or what was
// committed before it is in the safety backup and the rest in the store.
func TestRestoreBesideTool(t *testing.T) {
	restored := 0
	// The tool in Go has read the file with each connection that it has.
	for _, python := range slices.Compact([]string{testdb.PythonPath(), ""}) {
		for _, mode := range []string{"open", "reopen", "idle", "untouched"} {
			s := filled(t)
			b := create(t, s)
			fatal(t, s.Close())
			w := startTool(t, s.Path(), mode, python)
			opt := recovery.RestoreOptions{Wait: 10 * time.Second}
			if mode == "open" || mode == "idle" || python == "" {
				opt.Wait = 100 * time.Millisecond
			}
			r, err := recovery.Restore(t.Context(), s.Dir(), b.ID, opt)
			time.Sleep(30 * time.Millisecond)
			committed := w.stop(t)
			there := settingsIn(t, s.Path())
			switch {
			case err == nil && (mode == "open" || mode == "idle"):
				t.Errorf("%s: restored beside an open connection", mode)
			case err == nil:
				restored++
				for key := range settingsIn(t, unpacked(t, s, r.Safety)) {
					there[key] = true
				}
				if mode == "untouched" && !settingsIn(t, s.Path())["beside"] {
					t.Error("what was opened before wrote elsewhere")
				}
			case !errors.Is(err, repo.ErrLocked):
				t.Errorf("%s: %v", mode, err)
			case runtime.GOOS == "linux" && !strings.Contains(err.Error(), fmt.Sprintf("(process %d)", w.cmd.Process.Pid)):
				t.Errorf("%s: it is not said who: %v", mode, err)
			}
			lost := 0
			for _, key := range committed {
				if !there[key] {
					lost++
				}
			}
			if lost > 0 {
				t.Errorf("%s: %d of %d commits are lost; the restore said %v", mode, lost, len(committed), err)
			}
			if left, _ := filepath.Glob(escape(s.Path()) + ".aside*"); len(left) > 0 {
				t.Errorf("%s: left %v", mode, left)
			}
		}
	}
	if restored < 2 && testdb.PythonPath() != "" {
		t.Errorf("restored %d times: the test shows little", restored)
	}
}

func unpacked(t *testing.T, s *repo.Store, b backup.Backup) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "safety.db")
	fatal(t, s.Backups().Unpack(t.Context(), b, file))
	return file
}
