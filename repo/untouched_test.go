package repo_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

const openingEnv = "REPO_OPENING_STORE"

// TestOpeningChild is a process that opens a store, writes to it and closes it, again and again.
func TestOpeningChild(t *testing.T) {
	dir := os.Getenv(openingEnv)
	if dir == "" {
		t.Skip("runs as the child of another test only")
	}
	fmt.Println("ready")
	for n := 0; ; n++ {
		s, err := repo.Open(t.Context(), dir, repo.Options{Busy: 20 * time.Second})
		fatal(t, err)
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: fmt.Sprint(os.Getpid(), " ", n)}, Content: "x"}))
		fatal(t, s.Close())
		time.Sleep(time.Millisecond)
	}
}

// TestUntouchedBesideOthers reads without touching a store that others open, write to and
// close without end: nobody is told that the store changed under him, or cannot be opened.
func TestUntouchedBesideOthers(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Close())
	for range 2 {
		child := exec.Command(os.Args[0], "-test.run=^TestOpeningChild$")
		child.Env = append(os.Environ(), openingEnv+"="+s.Dir())
		out, err := child.StdoutPipe()
		fatal(t, err)
		fatal(t, child.Start())
		in := bufio.NewScanner(out)
		in.Scan()
		defer func() {
			fatal(t, child.Process.Kill())
			for in.Scan() {
				t.Error(in.Text()) // it failed by itself
			}
			_ = child.Wait()
		}()
	}
	reads := 0
	for end := time.Now().Add(min(*processesFor, 3*time.Second)); time.Now().Before(end) && !t.Failed(); reads++ {
		r, err := repo.Open(t.Context(), s.Dir(), repo.Options{Untouched: true, Busy: 20 * time.Second})
		if err == nil {
			_, err = r.Notes.Count(t.Context(), repo.Query{})
			err = errors.Join(err, r.Close())
		}
		if err != nil {
			t.Errorf("after %d reads: %v", reads, err)
		}
	}
	t.Logf("%d reads", reads)
}
