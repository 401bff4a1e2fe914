package durable

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestLock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	for _, c := range []struct {
		first, second Sharing
		together      bool
	}{{Shared, Shared, true}, {Shared, Exclusive, false}, {Exclusive, Shared, false}, {Exclusive, Exclusive, false}} {
		first, err := Lock(t.Context(), file, c.first, 0)
		fatal(t, err)
		second, err := Lock(t.Context(), file, c.second, 0)
		if c.together && err != nil || !c.together && !errors.Is(err, ErrLocked) {
			t.Errorf("%v after %v: %v", c.second, c.first, err)
		}
		if err == nil {
			fatal(t, second())
		}
		fatal(t, first())
	}
	hasMode(t, file, 0o600)
	if _, err := Lock(t.Context(), filepath.Join(file, "x"), Shared, time.Minute); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("where no file can be: %v", err)
	}
}

// TestLockWaits: until the other lets go, the time has passed or the context ends.
func TestLockWaits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	release, err := Lock(t.Context(), file, Exclusive, 0)
	fatal(t, err)
	begun := time.Now()
	if _, err := Lock(t.Context(), file, Shared, 60*time.Millisecond); !errors.Is(err, ErrLocked) || time.Since(begun) < 60*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, file, Shared, time.Minute); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLocked) {
		t.Errorf("the context ended: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = release() })
	again, err := Lock(t.Context(), file, Exclusive, time.Minute)
	fatal(t, err)
	fatal(t, again())
	if _, err := Lock(ctx, file, Exclusive, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context that had ended took a free lock: %v", err)
	}
}

// TestLockRemoved: who waited for a file that its holder removed has the lock on the one that
// has the name now, and so keeps others out; who only wants one that is there makes none.
func TestLockRemoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open stays there")
	}
	file := filepath.Join(t.TempDir(), "lock")
	for range 20 {
		first, err := Lock(t.Context(), file, Exclusive, 0)
		fatal(t, err)
		if _, err := LockThere(file); !errors.Is(err, ErrLocked) {
			t.Fatalf("held: %v", err)
		}
		got := make(chan error, 1)
		var second func() error
		go func() {
			var err error
			second, err = Lock(t.Context(), file, Exclusive, time.Minute)
			got <- err
		}()
		time.Sleep(time.Millisecond)
		fatal(t, errors.Join(RemoveLock(file, first), <-got))
		if _, err := Lock(t.Context(), file, Exclusive, 0); !errors.Is(err, ErrLocked) {
			t.Fatalf("two hold it: %v", err)
		}
		fatal(t, RemoveLock(file, second))
		if _, err := LockThere(file); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("not there: %v", err)
		}
	}
}

const childLock = "DURABLE_TEST_LOCK"

// TestLockOfProcess: another process is kept out, and its death frees the lock.
func TestLockOfProcess(t *testing.T) {
	if file := os.Getenv(childLock); file != "" {
		_, err := Lock(t.Context(), file, Exclusive, 0)
		fmt.Println("child:", err)
		select {}
	}
	file := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockOfProcess$")
	cmd.Env = append(os.Environ(), childLock+"="+file)
	out, err := cmd.StdoutPipe()
	fatal(t, err)
	fatal(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "child: <nil>\n" {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := Lock(t.Context(), file, Shared, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("another process has it: %v", err)
	}
	fatal(t, cmd.Process.Kill())
	_ = cmd.Wait()
	release, err := Lock(t.Context(), file, Shared, 5*time.Second)
	fatal(t, err)
	fatal(t, release())
}
