package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"
	"taskstore/internal/durable"
	"taskstore/repo"
)

// emptyStore makes a store with nothing in it.
func emptyStore(t *testing.T) (dir string) {
	t.Helper()
	file, err := emptyFile()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "st")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, databaseName), file, 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// emptyFile is the database of a new store. It is made once, because making one takes longer
// than most commands.
var emptyFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "empty-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := repo.Open(context.Background(), dir, repo.Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(s.Path())
})

// lockedStore makes a store whose write lock another connection holds until release.
func lockedStore(t *testing.T) (dir string, release func()) {
	t.Helper()
	dir = emptyStore(t)
	db, err := sql.Open("sqlite", sqlsh.Source(filepath.Join(dir, databaseName), true, false, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err == nil {
		_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, func() {
		conn.Close()
		db.Close()
	}
}

// TestTimeoutBoundsLocks: a command waits for a lock as long as --timeout allows, neither longer
// nor shorter, and says that it was the lock.
func TestTimeoutBoundsLocks(t *testing.T) {
	for name, args := range map[string][]string{
		"put":   {"put", "notes", "-"},
		"query": {"query", "--write", "--yes", "DELETE FROM notes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, release := lockedStore(t)
			defer release()
			begun := time.Now()
			r := storectl(t, nil, `{"id":"n","content":"x"}`, append([]string{"--store", dir, "--timeout", "1s"}, args...)...)
			if took := time.Since(begun); r.code != exitBusy || took < 500*time.Millisecond || took > 4*time.Second {
				t.Errorf("exit %d after %v: %s", r.code, took, r.stderr)
			}
		})
	}
	t.Run("repair schema", func(t *testing.T) {
		t.Parallel()
		dir := emptyStore(t)
		db, err := sql.Open("sqlite", sqlsh.Source(filepath.Join(dir, databaseName), true, false, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("DROP INDEX notes_by_date"); err != nil { // and the connection stays open, idle
			t.Fatal(err)
		}
		r := storectl(t, nil, "", "--store", dir, "--timeout", "1s", "--yes", "repair", "schema")
		if r.code != exitBusy {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
		if names, err := filepath.Glob(filepath.Join(dir, "store.db.*")); err != nil || len(names) > 0 {
			t.Errorf("left %v, %v", names, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if r := storectl(t, nil, "", "--store", dir, "--timeout", "1min", "--yes", "repair", "schema"); r.code != 0 || !strings.Contains(r.stdout, "notes_by_date") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("longer", func(t *testing.T) {
		t.Parallel()
		dir, release := lockedStore(t)
		time.AfterFunc(7*time.Second, release) // later than without --timeout
		r := storectl(t, nil, `{"id":"n","content":"x"}`, "--store", dir, "--timeout", "1min", "put", "notes", "-")
		if r.code != exitDone {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		dir := emptyStore(t)
		release, err := durable.Lock(t.Context(), filepath.Join(dir, "store.lock"), durable.Exclusive, 0)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		r := storectl(t, nil, "", "--store", dir, "--timeout", "1s", "list", "notes")
		if took := time.Since(begun); r.code != exitBusy || took < 500*time.Millisecond || took > 4*time.Second {
			t.Errorf("exit %d after %v: %s", r.code, took, r.stderr)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
	})
}

// TestStuckCommandEnds: a command that goes on when its time has passed, or after a signal, is
// ended.
func TestStuckCommandEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(context.CancelCauseFunc)
		args []string
		want int
	}{
		"timeout": {func(context.CancelCauseFunc) {}, []string{"--timeout", "50ms"}, exitBusy},
		"signal":  {func(end context.CancelCauseFunc) { end(errInterrupted) }, nil, exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			exited, stuck := make(chan int, 1), make(chan struct{})
			var stderr strings.Builder
			a := newApp(reader(func([]byte) (int, error) { <-stuck; return 0, context.Canceled }), &strings.Builder{}, &stderr, nil)
			a.exiting(func(code int) { exited <- code; close(stuck) })
			a.ending.grace.Store(int64(100 * time.Millisecond))
			time.AfterFunc(100*time.Millisecond, func() { c.end(cancel) })
			a.run(ctx, append([]string{"--store", emptyStore(t), "put", "notes", "-"}, c.args...))
			select {
			case code := <-exited:
				if code != c.want || !strings.Contains(stderr.String(), "storectl: ") {
					t.Errorf("exit %d, %s", code, stderr.String())
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the command goes on")
			}
		})
	}
}

// reader is a stdin that hangs.
type reader func([]byte) (int, error)

func (r reader) Read(b []byte) (int, error) { return r(b) }
