package repo_test

import (
	"bufio"
	"context"
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

var soakTime = flag.Duration("soak", 1500*time.Millisecond, "how long contents are put, deleted and collected at once")

// soaker puts, deletes and collects contents. There are few of them, so that they
// are always on their way in and out.
type soaker struct {
	s    *repo.Store
	lane string
	n    int
	mine []string // attachments that this lane made and has not purged
	kept func(id, sha string)
	gone func(id string)
}

const soakContents = 12

func soakText(i int) string { return strings.Repeat(fmt.Sprintf("content number %d. ", i), 30) }

// step does one thing, and tells of it when it is durable.
func (k *soaker) step(ctx context.Context) error {
	switch r := rand.IntN(20); {
	case r < 9:
		return k.add(ctx, rand.IntN(soakContents))
	case r < 15 && len(k.mine) > 0:
		return k.purge(ctx)
	case r < 17:
		_, err := k.s.Collect(ctx, repo.CollectOptions{})
		return err
	case r < 18:
		_, err := k.s.EmptyTrash(ctx, repo.EmptyOptions{})
		return err
	case r < 19:
		_, err := k.s.PutContent(ctx, strings.NewReader(soakText(rand.IntN(soakContents))), "")
		if errors.Is(err, repo.ErrConflict) {
			return nil // removed while it was put, and it says so
		}
		return err
	}
	list, err := k.s.TrashedContents(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := k.s.RestoreContents(ctx, list[0].SHA256); !errors.Is(err, repo.ErrNotFound) {
		return err
	}
	return nil // somebody else was faster
}

func (k *soaker) add(ctx context.Context, i int) error {
	k.n++
	a := schema.Attachment{Head: schema.Head{ID: fmt.Sprintf("%s-%d", k.lane, k.n)}}
	a.File.Text = "data:text/plain," + soakText(i)
	if err := k.s.Attachments.Save(ctx, &a); err != nil {
		return err
	}
	k.mine = append(k.mine, a.ID)
	k.kept(a.ID, a.File.Blob)
	return nil
}

func (k *soaker) purge(ctx context.Context) error {
	i := rand.IntN(len(k.mine))
	id := k.mine[i]
	k.mine = append(k.mine[:i], k.mine[i+1:]...)
	k.gone(id)
	return k.s.Attachments.Purge(ctx, id)
}

// wantContents looks for the content of every attachment that is there.
func wantContents(t *testing.T, s *repo.Store) (n int) {
	t.Helper()
	for a, err := range s.Attachments.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		n++
		if _, err := s.Text(t.Context(), a.File); err != nil {
			t.Errorf("attachment %s: %v", a.ID, err)
		}
	}
	return n
}

// TestCollectSoak puts, deletes, collects, empties and restores at once, through two
// handles as two processes would, with restarts. The flag -soak says how long.
func TestCollectSoak(t *testing.T) {
	dir := testdb.Open(t).Dir()
	var mu sync.Mutex
	live := map[string]bool{}
	var steps atomic.Int64
	until := time.Now().Add(*soakTime)
	for round := 0; time.Now().Before(until); round++ {
		var wg sync.WaitGroup
		ends := time.Now().Add(min(time.Until(until), 700*time.Millisecond))
		for handle := range 2 {
			s := testdb.Reopen(t, dir)
			for lane := range 3 {
				k := soaker{s: s, lane: fmt.Sprintf("%d-%d-%d", round, handle, lane),
					kept: func(id, _ string) { mu.Lock(); live[id] = true; mu.Unlock() },
					gone: func(id string) { mu.Lock(); delete(live, id); mu.Unlock() }}
				wg.Go(func() {
					for time.Now().Before(ends) {
						if err := k.step(t.Context()); err != nil {
							t.Errorf("lane %s: %v", k.lane, err)
							return
						}
						steps.Add(1)
					}
				})
			}
		}
		wg.Wait()
		s := testdb.Reopen(t, dir)
		if n := wantContents(t, s); n != len(live) || t.Failed() {
			t.Fatalf("round %d: %d attachments, want %d", round, n, len(live))
		}
	}
	t.Logf("%d steps, %d attachments", steps.Load(), len(live))
}

const collectCrashEnv = "REPO_COLLECT_CRASH_CHILD"

// TestCollectCrash kills a process that does what the soak test does. Every
// attachment that was acknowledged, and not purged since, is there with its content,
// and the store is in order. The flag -crash.rounds says how often.
func TestCollectCrash(t *testing.T) {
	dir := testdb.Open(t).Dir()
	live := map[string]string{}
	acknowledged := 0
	for round := range rounds(t) {
		lines := killed(t, dir, round)
		for _, line := range lines {
			switch word := strings.Fields(line); word[0] {
			case "kept":
				live[word[1]] = word[2]
				acknowledged++
			case "gone":
				delete(live, word[1])
			case "failed":
				t.Error(line)
			}
		}
		s := testdb.Reopen(t, dir)
		for id, sha := range live {
			a, err := s.Attachments.Get(t.Context(), id)
			if err != nil || a.File.Blob != sha {
				t.Errorf("%s: %+v, %v", id, a.File, err)
			}
		}
		wantContents(t, s)
		gc(t, s, 0)
		fatal(t, s.Close())
		testdb.WantClean(t, dir)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if acknowledged == 0 {
		t.Error("no child got as far as writing")
	}
	t.Logf("%d attachments acknowledged", acknowledged)
}

func rounds(t *testing.T) int {
	n, err := strconv.Atoi(flag.Lookup("crash.rounds").Value.String())
	fatal(t, err)
	return n
}

// killed starts the child, kills it at a random moment and returns what it said.
func killed(t *testing.T, dir string, round int) (lines []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCollectCrashChild$")
	child.Env = append(os.Environ(), collectCrashEnv+"="+dir, "REPO_CRASH_ROUND="+strconv.Itoa(round))
	out, err := child.StdoutPipe()
	fatal(t, err)
	fatal(t, child.Start())
	var end atomic.Bool
	in := bufio.NewScanner(out)
	for in.Scan() {
		line, whole := strings.CutSuffix(in.Text(), ".")
		if !whole {
			continue // cut by the kill, or the test binary's own words
		}
		if len(lines) == 0 {
			time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() {
				end.Store(true)
				child.Process.Kill()
			})
		}
		lines = append(lines, line)
	}
	if err := child.Wait(); !end.Load() {
		t.Fatalf("the child ended by itself: %v\n%s", err, strings.Join(lines, "\n"))
	}
	return lines
}

// TestCollectCrashChild is the process that is killed.
func TestCollectCrashChild(t *testing.T) {
	dir := os.Getenv(collectCrashEnv)
	if dir == "" {
		t.Skip("runs inside TestCollectCrash only")
	}
	var wg sync.WaitGroup
	for handle := range 2 {
		s := testdb.Reopen(t, dir)
		for lane := range 3 {
			k := soaker{s: s, lane: fmt.Sprintf("r%s-%d-%d", os.Getenv("REPO_CRASH_ROUND"), handle, lane),
				kept: func(id, sha string) { os.Stdout.WriteString("kept " + id + " " + sha + ".\n") },
				gone: func(id string) { os.Stdout.WriteString("gone " + id + ".\n") }}
			wg.Go(func() {
				for {
					if err := k.step(context.Background()); err != nil {
						os.Stdout.WriteString("failed " + err.Error() + ".\n")
						return
					}
				}
			})
		}
	}
	wg.Wait()
}
