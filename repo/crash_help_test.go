package repo

import (
	"bufio"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// CrashRounds is how often a crash test kills its child.
var CrashRounds = flag.Int("crash.rounds", 2, "how often the writing child process is killed")

// KilledChild runs a test of this program as a process of its own, kills it at a
// random moment of this span after its first word, and returns what it had said by
// then, without what the kill has cut. A child that ends by itself fails the test.
func KilledChild(t *testing.T, test string, span time.Duration, env ...string) (said []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	child.Env = append(os.Environ(), env...)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var killed atomic.Bool
	for in := bufio.NewScanner(out); in.Scan(); {
		word, whole := strings.CutSuffix(in.Text(), ".")
		if !whole {
			continue // cut by the kill, or the test binary's own words
		}
		if len(said) == 0 {
			time.AfterFunc(rand.N(span), func() {
				killed.Store(true)
				child.Process.Kill()
			})
		}
		said = append(said, word)
	}
	if err := child.Wait(); !killed.Load() {
		t.Fatalf("the child ended by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return said
}

// Say is a child's word that something is durable.
func Say(words ...string) { os.Stdout.WriteString(strings.Join(words, " ") + ".\n") }
