package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	faultDraws = flag.Int("faults", 0, "how many faults each command meets, drawn")
	faultAll   = flag.Int("faults.all", 0, "instead: each command meets both errors at the first so many calls of every kind")
	faultSeed  = flag.Uint64("faults.seed", 1, "of the draw of faults")
)

type faultKind struct{ name, calls string }

// faultKinds are the system's calls that fail; a name that this system has not is left out.
var faultKinds = []faultKind{
	{"pwrite", "?pwrite64"},
	{"write", "?write"},
	{"sync", "?fsync,?fdatasync"},
	{"rename", "?rename,?renameat,?renameat2"},
	{"truncate", "?truncate,?ftruncate"},
	{"open", "?open,?openat"},
	{"unlink", "?unlink,?unlinkat"},
}

// fault is an error of the system at one call of a kind, or at all from there on: a disk that is full stays so.
type fault struct {
	kind  int
	errno string
	n     int // of each thread's calls
	stays bool
	only  string // the file whose calls fail; "" is any
}

func (f fault) String() string {
	return fmt.Sprintf("%s %s at %s", faultKinds[f.kind].name, f.errno, f.when())
}

func (f fault) when() string {
	if f.stays {
		return fmt.Sprintf("%d+", f.n)
	}
	return fmt.Sprint(f.n)
}

// TestFaults: whatever write, flush, rename, truncation, opening or removal fails, a command says so in a line, and
// all that was there is there; done again it does what it would have done.
func TestFaults(t *testing.T) {
	if *faultDraws == 0 && *faultAll == 0 {
		t.Skip("skipped: -faults says how many faults each command meets")
	}
	wantStrace(t)
	from := template(t)
	for i, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			want := j.undisturbed(t, from)
			if *faultAll > 0 {
				j.everyFault(t, from, want)
				return
			}
			draw := rand.New(rand.NewPCG(*faultSeed, uint64(i)))
			for range *faultDraws {
				f := fault{kind: draw.IntN(len(faultKinds)), errno: []string{"ENOSPC", "EIO"}[draw.IntN(2)], n: 1 + draw.IntN(40), stays: draw.IntN(4) == 0}
				for f.n > 0 && !j.meets(t, from, want, f) {
					f.n /= 2 // there were not so many
				}
			}
		})
	}
}

func wantStrace(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: strace cannot be used here: %v %s", err, out)
	}
}

// everyFault goes through the kinds until a command makes no more calls.
func (j job) everyFault(t *testing.T, from ground, want expected) {
	n := 0
	for kind := range faultKinds {
		for _, f := range []fault{{kind: kind, errno: "ENOSPC"}, {kind: kind, errno: "EIO"}, {kind: kind, errno: "ENOSPC", stays: true}} {
			for f.n = 1; f.n <= *faultAll && j.meets(t, from, want, f); f.n++ {
				n++
			}
		}
	}
	t.Logf("%s: %d faults", j.name, n)
}

// meets runs a job with a fault and holds what comes of it against what may; it tells whether the call was reached.
func (j job) meets(t *testing.T, from ground, want expected, f fault) (reached bool) {
	t.Run(f.String(), func(t *testing.T) {
		p := j.prepared(t, from)
		got, calls := j.faulted(t, p, f)
		hits := slices.DeleteFunc(calls, func(call string) bool { return !injected(call) })
		reached = len(hits) > 0
		ours := slices.DeleteFunc(hits, func(hit string) bool { return !strings.Contains(hit, filepath.Dir(p.store)) })
		if len(ours) == 0 {
			return // it was the program's own loading, or its output
		}
		t.Logf("exit %d: %s%s", got.code, got.stderr, strings.Join(ours[:min(3, len(ours))], "\n"))
		if !f.stays || faultKinds[f.kind].name != "write" { // else nobody could be told
			plainError(t, want, got)
		}
		if faultKinds[f.kind].name == "sync" && got.code == want.code {
			flushTold(t, p, got, ours)
		}
		j.outlives(t, p, want, got.code == want.code, got.stdout+got.stderr)
	})
	return reached
}

// flushTold wants that a command which was done all the same tells of a failed flush, but for two of SQLite's: of a
// database or its log when it is closed, after which the log stays; and of the directory after a log was made, which
// SQLite does not look at.
func flushTold(t *testing.T, p ground, got result, hits []string) {
	t.Helper()
	if told := got.stdout + got.stderr; strings.Contains(told, "input/output error") || strings.Contains(told, "no space left") {
		return
	}
	db := filepath.Join(p.store, databaseName)
	may := []string{p.store, db, db + "-wal", db + ".new", db + ".new-wal"} // of the new ones: TestNewStoreFlushed
	for _, hit := range hits {
		if !slices.ContainsFunc(may, func(name string) bool { return strings.Contains(hit, "<"+name+">") }) {
			t.Errorf("nobody is told that it failed: %s", hit)
		}
	}
}

// TestNewStoreFlushed: a store is made only if the last flush of what it is made in put it on disk.
func TestNewStoreFlushed(t *testing.T) {
	wantStrace(t)
	top := t.TempDir()
	j, p := job{name: "init", args: []string{"init"}}, ground{store: filepath.Join(top, "store"), dir: top}
	kind := slices.IndexFunc(faultKinds, func(k faultKind) bool { return k.name == "sync" })
	for n := 1; n <= 6; n++ {
		got, calls := j.faulted(t, p, fault{kind: kind, errno: "EIO", n: n, stays: true, only: filepath.Join(p.store, databaseName+".new")})
		if len(calls) == 0 {
			t.Fatal("nothing is flushed")
		}
		if bad := injected(calls[len(calls)-1]); bad != (got.code == exitFailed && strings.Contains(got.stderr, "the disk failed")) {
			t.Errorf("flushes from %d on: exit %d: %s\n%s", n, got.code, got.stderr, strings.Join(calls, "\n"))
		}
		fatal(t, os.RemoveAll(p.store))
	}
}

func injected(call string) bool { return strings.Contains(call, "(INJECTED)") }

// faulted runs a job with a fault and gives the calls that could meet it.
func (j job) faulted(t *testing.T, p ground, f fault) (got result, ended []string) {
	t.Helper()
	log, calls := filepath.Join(t.TempDir(), "log"), faultKinds[f.kind].calls
	args := []string{"-f", "--seccomp-bpf", "-y", "-qq", "-o", log, "-e", "trace=" + calls, "-e", "inject=" + calls + ":error=" + f.errno + ":when=" + f.when()}
	if f.only != "" {
		args = append(args, "-P", f.only)
	}
	cmd := exec.Command("strace", slices.Concat(args, []string{"storectl"}, j.command(p))...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // strace counts the calls of each thread
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(log)
	fatal(t, err)
	begun := map[string]string{} // by thread: a call that others' calls interrupt in the log
	for line := range strings.Lines(string(text)) {
		thread, call, _ := strings.Cut(line, " ")
		if strings.Contains(call, "<unfinished ...>") {
			begun[thread] = call
			continue
		}
		if strings.Contains(call, " resumed>") {
			call = begun[thread] + call
		}
		if strings.Contains(call, ") ") && strings.Contains(call, " = ") {
			ended = append(ended, strings.TrimSpace(call))
		}
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, ended
}

var (
	traces    = regexp.MustCompile(`goroutine \d|panic|runtime error|\bSIG[A-Z]+\b`)
	statement = regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE FROM|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT|VACUUM|ATTACH)\b [\w(]`)
)

// plainError wants a command that failed to say so in one line, with what can be done.
func plainError(t *testing.T, want expected, got result) {
	t.Helper()
	if got.code != want.code && got.code != exitFailed {
		t.Errorf("exit %d", got.code)
	}
	if bad := cmp.Or(traces.FindString(got.stderr), statement.FindString(got.stderr)); bad != "" {
		t.Errorf("it says %q", bad)
	}
	if got.code == want.code {
		return
	}
	said := regexp.MustCompile(`(?m)^(storectl|hint): ?(.*)`).FindAllStringSubmatch(got.stderr, -1)
	if len(said) != 2 || said[0][1] != "storectl" || said[1][1] != "hint" || said[0][2] == "" || said[1][2] == "" {
		t.Errorf("it does not say in a line what is wrong, and in another what to do: %q", got.stderr)
	}
}
