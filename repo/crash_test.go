package repo_test

import (
	"bufio"
	"errors"
	"flag"
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

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

const crashEnv = "REPO_STORE_CRASH_CHILD"

// TestStoreCrash kills a process that saves entities and adds items from many
// goroutines. Whatever it acknowledged is there afterwards, and the store is in
// order. The flag -crash.rounds says how often.
func TestStoreCrash(t *testing.T) {
	rounds, err := strconv.Atoi(flag.Lookup("crash.rounds").Value.String())
	fatal(t, err)
	dir := testdb.Dir(t)
	acknowledged := map[string]bool{}
	for round := range rounds {
		for _, line := range crashStore(t, dir, round) {
			acknowledged[line] = true
		}
		s := testdb.Reopen(t, dir)
		wantAcknowledged(t, s, acknowledged)
		fatal(t, s.Close())
		testdb.WantClean(t, dir)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if len(acknowledged) == 0 {
		t.Error("no child got as far as writing")
	}
	t.Logf("%d writes acknowledged in %d rounds", len(acknowledged), rounds)
}

// wantAcknowledged looks for what "note ID", "change ID", "item ID", "away ID"
// and "blob SHA" say was done.
func wantAcknowledged(t *testing.T, s *repo.Store, acknowledged map[string]bool) {
	t.Helper()
	items := map[string]bool{}
	for e, err := range s.Sessions.Screenshots.All(t.Context(), "s") {
		if !errors.Is(err, repo.ErrNotFound) {
			fatal(t, err)
		}
		items[e.ID] = true
	}
	found := map[string]schema.Note{}
	for n, err := range s.Notes.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		found[n.ID] = n
	}
	for line := range acknowledged {
		what, id, _ := strings.Cut(line, " ")
		n, there := found[id]
		switch what {
		case "note":
			if !there || len(n.Tags) != 2 || len(n.Updates) != 1 {
				t.Errorf("%s is not there in full: %+v", line, n)
			}
		case "change":
			if n.Summary != "changed" || n.Rev < 2 {
				t.Errorf("%s was lost: %+v", line, n)
			}
		case "item":
			if !items[id] {
				t.Errorf("%s was lost", line)
			}
		case "blob":
			if _, err := s.ContentInfo(t.Context(), id); err != nil {
				t.Errorf("%s was lost: %v", line, err)
			}
		}
	}
}

// crashStore starts the child, kills it and returns the lines it had printed.
func crashStore(t *testing.T, dir string, round int) (lines []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestStoreCrashChild$")
	child.Env = append(os.Environ(), crashEnv+"="+dir, "REPO_CRASH_ROUND="+strconv.Itoa(round))
	out, err := child.StdoutPipe()
	fatal(t, err)
	fatal(t, child.Start())
	var killed atomic.Bool
	in := bufio.NewScanner(out)
	for in.Scan() {
		line, whole := strings.CutSuffix(in.Text(), ".")
		if !whole {
			continue // cut by the kill, or the test binary's own words
		}
		if len(lines) == 0 {
			time.AfterFunc(time.Duration(rand.IntN(200))*time.Millisecond, func() {
				killed.Store(true)
				child.Process.Kill()
			})
		}
		lines = append(lines, line)
	}
	if err := child.Wait(); !killed.Load() {
		t.Fatalf("the child ended by itself: %v\n%s", err, strings.Join(lines, "\n"))
	}
	return lines
}

// TestStoreCrashChild is the process that is killed.
func TestStoreCrashChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		t.Skip("runs inside TestStoreCrash only")
	}
	s := testdb.Reopen(t, dir)
	session := schema.Session{Head: schema.Head{ID: "s"}}
	if err := s.Sessions.Save(t.Context(), &session); err != nil && !errors.Is(err, repo.ErrExists) {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for lane := range 30 {
		wg.Go(func() {
			for n := 0; ; n++ {
				if !crashStep(t, s, fmt.Sprintf("r%s-%d-%d", os.Getenv("REPO_CRASH_ROUND"), lane, n), lane) {
					return
				}
			}
		})
	}
	wg.Wait()
}

// crashStep does one thing or two and says so when it is durable.
func crashStep(t *testing.T, s *repo.Store, id string, lane int) bool {
	say := func(what, id string, err error) bool {
		if err != nil {
			t.Errorf("%s %s: %v", what, id, err)
			return false
		}
		os.Stdout.WriteString(what + " " + id + ".\n")
		return true
	}
	switch lane % 3 {
	case 0:
		return say("item", id, s.Sessions.Screenshots.Add(t.Context(), "s", shot(id)))
	case 1:
		a := schema.Attachment{Head: schema.Head{ID: id}}
		a.File.Text = "data:text/plain," + id
		err := s.Attachments.Save(t.Context(), &a)
		return say("blob", a.File.Blob, err)
	}
	n := note(id, "content of "+id)
	n.Tags = []string{"one", "two"}
	n.Updates = []schema.NoteUpdate{{Content: "addition"}}
	if !say("note", id, s.Notes.Save(t.Context(), n)) {
		return false
	}
	n.Summary = "changed"
	return say("change", id, s.Notes.Save(t.Context(), n))
}
