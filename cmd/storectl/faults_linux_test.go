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

// without are the kinds of calls that a command does not make on its own files; each makes all others. A fault that never
// comes to pass proves nothing.
var without = map[string]string{"blob gc": "write rename", "blob trash empty": "write rename"}

// reached counts the calls of each kind that a job makes on its own files, undisturbed, and wants it to make those
// that it is listed for.
func (j job) reached(t *testing.T, from ground) map[string]int {
	t.Helper()
	p := j.prepared(t, from)
	var all, none []string
	for _, k := range faultKinds {
		all = append(all, k.calls)
	}
	got, calls := j.traced(t, p, []string{"-e", "trace=" + strings.Join(all, ",")})
	if got.code != 0 && got.code != 3 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	n := map[string]int{}
	for _, call := range calls {
		name := callName.FindStringSubmatch(call)
		i := slices.IndexFunc(faultKinds, func(k faultKind) bool {
			return name != nil && slices.Contains(strings.Split(k.calls, ","), "?"+name[1])
		})
		if i >= 0 && strings.Contains(call, filepath.Dir(p.store)) {
			n[faultKinds[i].name]++
		}
	}
	for _, k := range faultKinds {
		if n[k.name] == 0 {
			none = append(none, k.name)
		}
	}
	if want := words(without[j.name]); !slices.Equal(none, want) {
		t.Errorf("it makes no calls of the kinds %v, and is listed for all but %v", none, want)
	}
	t.Logf("calls on its files: %v; not reached: %v", n, none)
	return n
}

var callName = regexp.MustCompile(`^(?:\d+ +)?(\w+)\(`)

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
			want, calls := j.undisturbed(t, from), j.reached(t, from)
			if *faultAll > 0 {
				j.everyFault(t, from, want, calls)
				return
			}
			draw := rand.New(rand.NewPCG(*faultSeed, uint64(i)))
			for range *faultDraws {
				j.drawFault(t, from, want, calls, draw)
			}
		})
	}
}

// drawFault has the job meet a fault of a call that it makes.
func (j job) drawFault(t *testing.T, from ground, want expected, calls map[string]int, draw *rand.Rand) {
	f := fault{kind: draw.IntN(len(faultKinds)), errno: []string{"ENOSPC", "EIO"}[draw.IntN(2)], n: 1 + draw.IntN(40), stays: draw.IntN(4) == 0}
	for calls[faultKinds[f.kind].name] == 0 {
		f.kind = (f.kind + 1) % len(faultKinds)
	}
	for f.n > 0 && j.meets(t, from, want, f) == 0 {
		f.n /= 2 // there were not so many, or it was the program's own loading
	}
	if f.n == 0 && !f.stays { // the first of each thread are not on its files
		f.n, f.stays = 1, true
		if j.meets(t, from, want, f) == 0 {
			f.n = 0
		}
	}
	if f.n == 0 {
		t.Errorf("no %s failed, and it makes %d of them", faultKinds[f.kind].name, calls[faultKinds[f.kind].name])
	}
}

func wantStrace(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: strace cannot be used here: %v %s", err, out)
	}
}

// everyFault goes through the kinds until a command makes no more calls.
func (j job) everyFault(t *testing.T, from ground, want expected, calls map[string]int) {
	all := 0
	for kind := range faultKinds {
		for _, f := range []fault{{kind: kind, errno: "ENOSPC"}, {kind: kind, errno: "EIO"}, {kind: kind, errno: "ENOSPC", stays: true}} {
			ours, made := 0, 1
			for f.n = 1; f.n <= *faultAll && made > 0; f.n++ {
				var hits int
				hits, made = j.meetsOf(t, from, want, f)
				ours += min(hits, 1)
			}
			if name := faultKinds[kind].name; ours == 0 && calls[name] > 0 && (f.stays || *faultAll >= 40) {
				t.Errorf("no %s failed with %s, and it makes %d of them", name, f.errno, calls[name])
			}
			all += ours
		}
	}
	t.Logf("%s: %d faults of calls on its files", j.name, all)
}

// meets runs a job with a fault and holds what comes of it against what may; it counts the calls on the job's files that
// failed.
func (j job) meets(t *testing.T, from ground, want expected, f fault) (ours int) {
	ours, _ = j.meetsOf(t, from, want, f)
	return ours
}

// meetsOf is meets; made counts also what failed elsewhere: of the program's own loading, or of its output.
func (j job) meetsOf(t *testing.T, from ground, want expected, f fault) (ours, made int) {
	t.Run(f.String(), func(t *testing.T) {
		p := j.prepared(t, from)
		got, calls := j.faulted(t, p, f)
		failed := slices.DeleteFunc(calls, func(call string) bool { return !injected(call) })
		hits := slices.DeleteFunc(slices.Clone(failed), func(hit string) bool { return !strings.Contains(hit, filepath.Dir(p.store)) })
		if ours, made = len(hits), len(failed); ours == 0 {
			t.Skipf("skipped: no call on its files failed (%d elsewhere)", made)
		}
		t.Logf("exit %d: %s%s", got.code, got.stderr, strings.Join(hits[:min(3, ours)], "\n"))
		if !slices.ContainsFunc(failed, untellable) && (!f.stays || faultKinds[f.kind].name != "write") { // else nobody could be told
			plainError(t, want, got)
		}
		if faultKinds[f.kind].name == "sync" && got.code == want.code {
			flushTold(t, p, got, hits)
		}
		j.outlives(t, p, want, got.code == want.code, got.stdout+got.stderr)
	})
	return ours, made
}

// untellable is the failure of a call without which nobody can be told: that of the message, or of the eventfd with
// which Go's scheduler wakes itself, whose failure ends any Go program in the middle.
func untellable(call string) bool {
	return strings.Contains(call, "write(2<") || strings.Contains(call, "write(") && strings.Contains(call, "eventfd")
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
		told := got.code == exitFailed && strings.Contains(got.stderr, "the disk failed")
		last, any := injected(calls[len(calls)-1]), slices.ContainsFunc(calls, injected) // by thread: a later one may be done
		if last && !told || !any && got.code != exitDone {
			t.Errorf("flushes from %d on: exit %d: %s\n%s", n, got.code, got.stderr, strings.Join(calls, "\n"))
		}
		fatal(t, os.RemoveAll(p.store))
	}
}

func injected(call string) bool { return strings.Contains(call, "(INJECTED)") }

// faulted runs a job with a fault and gives the calls that could meet it.
func (j job) faulted(t *testing.T, p ground, f fault) (got result, ended []string) {
	t.Helper()
	calls := faultKinds[f.kind].calls
	args := []string{"-e", "trace=" + calls, "-e", "inject=" + calls + ":error=" + f.errno + ":when=" + f.when()}
	if f.only != "" {
		args = append(args, "-P", f.only)
	}
	return j.traced(t, p, args)
}

// traced runs a job under strace and gives the calls that it tells of.
func (j job) traced(t *testing.T, p ground, args []string) (got result, ended []string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	args = append([]string{"-f", "--seccomp-bpf", "-y", "-qq", "-o", log}, args...)
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
