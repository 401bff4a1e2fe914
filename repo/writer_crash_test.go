package repo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestCrash kills a process that writes and holds what it acknowledged against
// what the file has afterwards.
func TestCrash(t *testing.T) {
	path := numberFile(t)
	acknowledged := map[int]bool{}
	for round := range *CrashRounds {
		for _, n := range crashChild(t, path, round*1_000_000) {
			acknowledged[n] = true
		}
		have := map[int]bool{}
		for _, n := range numbers(t, path) {
			have[n] = true
		}
		for n := range acknowledged {
			if !have[n] {
				t.Fatalf("round %d: %d was acknowledged and is missing", round, n)
			}
			if n%2 == 1 && !have[n-1] { // odd ones are written with their even neighbour
				t.Fatalf("round %d: %d is there without %d", round, n, n-1)
			}
		}
		db := openSource(t, readerSource(path, time.Second))
		var ok string
		if err := db.Get(&ok, "PRAGMA integrity_check"); err != nil || ok != "ok" {
			t.Fatalf("round %d: %s, %v", round, ok, err)
		}
		db.Close()
	}
	if len(acknowledged) == 0 {
		t.Error("no child got as far as writing")
	}
	t.Logf("%d writes acknowledged in %d rounds", len(acknowledged), *CrashRounds)
}

// crashChild kills a process that writes numbers from start on, and returns what
// it had printed.
func crashChild(t *testing.T, path string, start int) []int {
	t.Helper()
	var ns []int
	for _, word := range KilledChild(t, "TestCrashChild", 150*time.Millisecond, "REPO_CRASH_CHILD="+path, "REPO_CRASH_START="+strconv.Itoa(start)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("the child says %q", word)
		}
		ns = append(ns, n)
	}
	return ns
}

// TestCrashChild is the process that is killed. It prints a number once its
// write was acknowledged.
func TestCrashChild(t *testing.T) {
	path := os.Getenv("REPO_CRASH_CHILD")
	if path == "" {
		t.Skip("runs inside TestCrash only")
	}
	start, err := strconv.Atoi(os.Getenv("REPO_CRASH_START"))
	if err != nil {
		t.Fatal(err)
	}
	w := openTestWriter(t, path, flagHooks)
	var wg sync.WaitGroup
	for lane := range 50 {
		wg.Go(func() {
			for n := start + 2*lane; ; n += 100 {
				crashWrite(t, w, n)
			}
		})
	}
	wg.Wait()
}

// crashWrite writes n and n+1 in one transaction, by turns in both ways.
func crashWrite(t *testing.T, w *writer, n int) {
	submit := w.do
	if n/100%2 == 1 {
		submit = w.update
	}
	err := submit(context.Background(), func(ctx context.Context, x execer) error {
		return errors.Join(add(n)(ctx, x), add(n+1)(ctx, x))
	})
	if err != nil {
		t.Error(err)
		return
	}
	os.Stdout.WriteString(fmt.Sprintf("%d.\n%d.\n", n, n+1))
}
