package sqlitedb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrash kills a process that writes and holds what it acknowledged against
// what the file has afterwards.
func TestCrash(t *testing.T) {
	path := numberFile(t)
	acknowledged := map[int]bool{}
	for round := range *rounds {
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
		db := openSource(t, readerSource(path, Options{Busy: time.Second}))
		var ok string
		if err := db.Get(&ok, "PRAGMA integrity_check"); err != nil || ok != "ok" {
			t.Fatalf("round %d: %s, %v", round, ok, err)
		}
		db.Close()
	}
	if len(acknowledged) == 0 {
		t.Error("no child got as far as writing")
	}
	t.Logf("%d writes acknowledged in %d rounds", len(acknowledged), *rounds)
}

// crashChild kills a process that writes numbers from start on, at a random moment
// after its first word, and returns what it had printed.
func crashChild(t *testing.T, path string, start int) (ns []int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	child.Env = append(os.Environ(), "SQLITEDB_CRASH_CHILD="+path, "SQLITEDB_CRASH_START="+strconv.Itoa(start))
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var killed atomic.Bool
	for in := bufio.NewScanner(out); in.Scan(); {
		n, err := strconv.Atoi(strings.TrimSuffix(in.Text(), "."))
		if err != nil || !strings.HasSuffix(in.Text(), ".") {
			continue // cut by the kill, or the test binary's own words
		}
		if len(ns) == 0 {
			time.AfterFunc(rand.N(150*time.Millisecond), func() {
				killed.Store(true)
				child.Process.Kill()
			})
		}
		ns = append(ns, n)
	}
	if err := child.Wait(); !killed.Load() {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return ns
}

// TestCrashChild is the process that is killed. It prints a number once its
// write was acknowledged.
func TestCrashChild(t *testing.T) {
	path := os.Getenv("SQLITEDB_CRASH_CHILD")
	if path == "" {
		t.Skip("runs inside TestCrash only")
	}
	start, err := strconv.Atoi(os.Getenv("SQLITEDB_CRASH_START"))
	if err != nil {
		t.Fatal(err)
	}
	db := openTest(t, path)
	var wg sync.WaitGroup
	for lane := range 50 {
		wg.Go(func() {
			for n := start + 2*lane; ; n += 100 {
				crashWrite(t, db, n)
			}
		})
	}
	wg.Wait()
}

// crashWrite writes n and n+1 in one transaction, by turns in both ways.
func crashWrite(t *testing.T, db *DB, n int) {
	submit := db.Do
	if n/100%2 == 1 {
		submit = db.Update
	}
	err := submit(context.Background(), func(ctx context.Context, tx *Tx) error {
		return errors.Join(add(n)(ctx, tx), add(n+1)(ctx, tx))
	})
	if err != nil {
		t.Error(err)
		return
	}
	os.Stdout.WriteString(fmt.Sprintf("%d.\n%d.\n", n, n+1))
}
