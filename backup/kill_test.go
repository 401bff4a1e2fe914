package backup

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/pages"
	"taskstore/backup/putback"
)

// The tests start this program again as a process that can be killed.
func TestMain(m *testing.M) { backuptest.Main(m, child) }

// child works until it is killed, or makes a backup and dies at a step.
func child(args []string) error {
	if args[0] == "work" {
		return worker(args[1:])
	}
	return stepChild(args[1:])
}

var killRounds = flag.Int("kill.rounds", 2, "how often each kind of work is killed")

// worker is the process that is killed: it makes backups, or rotates them, or puts
// one back, without end, and says a line when it begins.
func worker(args []string) error {
	c := Open(args[1], Options{Describe: describeNotes})
	ctx := context.Background()
	fmt.Println("ready")
	for {
		var err error
		switch args[0] {
		case "create":
			_, _, err = c.Create(ctx, args[2], CreateOptions{})
		case "rotate":
			if _, _, err = c.Create(ctx, args[2], CreateOptions{Reason: Hourly}); err == nil {
				_, err = c.Rotate(ctx, Policy{Last: 2}, false)
			}
		case "restore":
			var b Backup
			if b, err = c.Get(ctx, Latest); err == nil {
				_, err = c.PutBack(ctx, b, args[2], putback.Options{})
			}
		}
		if err != nil {
			return err
		}
	}
}

// kill starts a worker and kills it at a random moment.
func kill(t *testing.T, what, dir, db string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "child", "work", what, dir, db)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(out).Scan() {
		t.Fatalf("the worker said nothing: %v", cmd.Wait())
	}
	time.Sleep(time.Duration(rand.IntN(120_000)) * time.Microsecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == 1 {
		t.Fatalf("the worker ended by itself: %v", err)
	}
}

// TestKilled kills each kind of work at random moments: every backup that is
// listed is whole, the store is the old one or the copy, whole, and the next run
// leaves nothing behind.
func TestKilled(t *testing.T) {
	for _, what := range []string{"create", "rotate", "restore"} {
		t.Run(what, func(t *testing.T) {
			db, pool := backuptest.NewStore(t, 300)
			c := newCatalog(t)
			c.opt.Now = time.Now
			for range 3 {
				create(t, c, db, CreateOptions{Reason: Hourly})
			}
			if err := pool.Close(); err != nil {
				t.Fatal(err)
			}
			for round := range *killRounds {
				kill(t, what, c.Dir(), db)
				if _, err := putback.Recover(db); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				wantWhole(t, c, db, round)
			}
		})
	}
}

func wantWhole(t *testing.T, c *Catalog, db string, round int) {
	t.Helper()
	if n := backuptest.Notes(t, db); n != 300 { // this also recovers a -wal
		t.Fatalf("round %d: %d notes", round, n)
	}
	if _, err := pages.Inspect(t.Context(), db); err != nil {
		t.Fatalf("round %d: the store: %v", round, err)
	}
	aside, err := filepath.Glob(db + ".aside-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range aside {
		old := filepath.Join(dir, filepath.Base(db))
		if n := backuptest.Notes(t, old); n != 300 {
			t.Fatalf("round %d: %d notes aside", round, n)
		}
		if _, err := pages.Inspect(t.Context(), old); err != nil {
			t.Fatalf("round %d: what was put aside: %v", round, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	l := list(t, c)
	if len(l) == 0 {
		t.Fatalf("round %d: no backup is left", round)
	}
	for _, b := range l {
		if err := c.Verify(t.Context(), b.ID, false, nil); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	create(t, c, db, CreateOptions{Reason: Hourly}) // the next run cleans up
	if _, err := c.Rotate(t.Context(), Policy{Last: 3}, false); err != nil {
		t.Fatal(err)
	}
	if want, got := 1+4*len(list(t, c)), backuptest.Files(t, c.Dir()); len(got) != want {
		t.Fatalf("round %d: left %v", round, got)
	}
}

// TestKilledAtEachStep kills a Create and a Remove between any two of their steps.
func TestKilledAtEachStep(t *testing.T) {
	db, _ := backuptest.NewStore(t, 20)
	for _, step := range []string{"copy", "pack", "mark", "name" + dbFile, "name" + contentsFile, "publish", "sync",
		"hide", "remove" + dbFile, "remove" + contentsFile, "remove" + stateFile, "forget"} {
		c := newCatalog(t)
		kept := create(t, c, db, CreateOptions{})
		if err := exec.Command(os.Args[0], "child", "step", step, c.Dir(), db, kept.ID).Run(); err == nil {
			t.Fatalf("%s: it was not killed", step)
		}
		for _, b := range list(t, c) {
			if err := c.Verify(t.Context(), b.ID, false, nil); err != nil {
				t.Errorf("%s: %v", step, err)
			}
		}
		names, err := c.Strays()
		if err != nil || len(names) > 0 {
			t.Errorf("%s: strays %v, %v", step, names, err)
		}
		create(t, c, db, CreateOptions{})
		if want, got := 1+4*len(list(t, c)), backuptest.Files(t, c.Dir()); len(got) != want {
			t.Errorf("%s: left %v", step, got)
		}
	}
}

// stepChild makes a backup and removes another, and dies at a step.
func stepChild(args []string) error {
	c := Open(args[1], Options{Describe: describeNotes, step: func(step string) {
		if step == args[0] {
			backuptest.Die()
		}
	}})
	if _, _, err := c.Create(context.Background(), args[2], CreateOptions{}); err != nil {
		return err
	}
	return c.Remove(context.Background(), args[3])
}
