//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

// The first interrupt ends the query with exit code 130, the second one the process.
func TestInterrupts(t *testing.T) {
	dir := t.TempDir()
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT"); err != nil {
		t.Fatal(err)
	}
	exited := make(chan int, 1)
	ctx, stop := interruptible(t.Context(), func(code int) { exited <- code; select {} })
	defer stop()
	endless := "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
	ended := make(chan int, 1)
	var stdout, stderr bytes.Buffer
	go func() { ended <- run(ctx, []string{"--store", dir, "query", endless}, nil, &stdout, &stderr, nil) }()
	time.Sleep(50 * time.Millisecond)
	interrupt(t)
	select {
	case code := <-ended:
		if code != exitInterrupted || stdout.Len() > 0 || context.Cause(ctx) != errInterrupted {
			t.Errorf("exit %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the query goes on after an interrupt")
	}
	interrupt(t)
	select {
	case code := <-exited:
		if code != exitInterrupted {
			t.Errorf("second interrupt: exit %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the second interrupt is not heard")
	}
}

func interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
