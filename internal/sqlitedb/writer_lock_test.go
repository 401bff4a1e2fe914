package sqlitedb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"
)

func TestWriterReadOnlyFile(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path, func(o *Options) { o.ReadOnly, o.URI = true, url.Values{"mode": {"ro"}} })
	for _, err := range both(db, add(1)) {
		if !errors.Is(Classify(err), ErrReadOnly) {
			t.Errorf("write to a read-only file: %v", err)
		}
	}
	wantNumbers(t, path)
}

func TestWriterLockedByConnection(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	other := openSource(t, writerSource(path, Options{Busy: time.Second}))
	tx := other.MustBegin()
	start := time.Now()
	for _, err := range both(db, add(1)) {
		if !errors.Is(Classify(err), ErrLocked) {
			t.Errorf("while another connection writes: %v", err)
		}
	}
	if waited := time.Since(start); waited < 2**testBusy || waited > 20**testBusy {
		t.Errorf("waited %v twice together", waited)
	}
	ctx, cancel := context.WithTimeout(t.Context(), *testBusy/5)
	defer cancel()
	if err := db.Do(ctx, add(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the wait for the lock did not end with the context: %v", err)
	}
	time.AfterFunc(*testBusy/3, func() { tx.Rollback() })
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Errorf("the other ended in time: %v", err)
	}
	wantNumbers(t, path, 2)
}

func TestWriterLockedManyWait(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	other := openSource(t, writerSource(path, Options{Busy: time.Second}))
	tx := other.MustBegin()
	defer tx.Rollback()
	start := time.Now()
	errs := make(chan error)
	for n := range 2000 {
		go func() { errs <- db.Do(context.Background(), add(n)) }()
	}
	for range 2000 {
		if err := <-errs; !errors.Is(Classify(err), ErrLocked) {
			t.Fatalf("while another connection writes: %v", err)
		}
	}
	if waited := time.Since(start); waited > 4**testBusy+2*time.Second {
		t.Errorf("2000 callers waited %v for one lock", waited)
	}
}

func TestWriterLockedByProcess(t *testing.T) {
	path := numberFile(t)
	db := openTest(t, path)
	child := exec.Command(os.Args[0], "-test.run=^TestLockChild$")
	child.Env = append(os.Environ(), "SQLITEDB_LOCK_CHILD="+path)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	if err := db.Do(t.Context(), add(1)); !errors.Is(Classify(err), ErrLocked) {
		t.Errorf("while another process writes: %v", err)
	}
	in.Close()
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Errorf("after the other process: %v", err)
	}
	wantNumbers(t, path, 2)
}

// TestLockChild is the other process: it holds the write lock until its input ends.
func TestLockChild(t *testing.T) {
	path := os.Getenv("SQLITEDB_LOCK_CHILD")
	if path == "" {
		t.Skip("runs inside TestWriterLockedByProcess only")
	}
	db := openSource(t, writerSource(path, Options{Busy: time.Second}))
	tx := db.MustBegin()
	fmt.Println("locked")
	io.Copy(io.Discard, os.Stdin)
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
}

// TestLocksSurviveForeignClose opens and closes the database file in this
// process, as code that hashes it would, and lets the sqlite3 shell come and go.
// Without locks of the open file description the shell believes that it was the
// last, and deletes the write-ahead log that the writer goes on writing to.
func TestLocksSurviveForeignClose(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("there is no sqlite3 shell to be the other process")
	}
	path := numberFile(t)
	db := openTest(t, path)
	if !sqlite.OFDLockingEnabled() {
		t.Skip("this system has no locks of the open file description")
	}
	read := func() string {
		out, err := exec.Command(shell, path, "SELECT group_concat(n) FROM number").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if err := db.Do(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := read(); got != "1" {
		t.Errorf("the shell read %q", got)
	}
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "1,2" {
		t.Errorf("the shell read %q after two acknowledged writes", got)
	}
}
