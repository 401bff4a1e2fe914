package repo_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

var processesFor = flag.Duration("processes.for", time.Second, "how long four processes work on one store at once")

const (
	processesEnv = "REPO_PROCESSES_STORE" // the store's directory, for a child
	processEnv   = "REPO_PROCESS"         // its number
	processes    = 4
)

// TestProcesses: four processes with sixteen goroutines each, and a shell that knows nothing of
// this program, write, read, search, check, back up and collect in one store at once. No change is
// lost, nobody waits in vain, no check raises a false alarm, and no process grows.
// The flag -processes.for says how long.
func TestProcesses(t *testing.T) {
	_, noShell := exec.LookPath("sqlite3")
	if _, err := exec.LookPath("python3"); err != nil && noShell != nil {
		t.Skip("skipped: neither sqlite3 nor python3 in PATH")
	}
	s := testdb.Open(t)
	fatal(t, s.Sessions.Save(t.Context(), &schema.Session{Head: schema.Head{ID: "s"}, Name: "0"}))
	fatal(t, s.Notes.Save(t.Context(), note("shell", "0")))
	fatal(t, s.Close())
	var all told
	var work sync.WaitGroup
	ended := make(chan struct{})
	for n := range processes {
		work.Go(func() { all.run(t, s.Dir(), n) })
	}
	go func() { work.Wait(); close(ended) }()
	byShell := useShell(t, s, ended)
	<-ended
	if t.Failed() {
		return
	}
	s = testdb.Reopen(t, s.Dir())
	all.want(t, s, byShell)
	wantContents(t, s)
	wantBackups(t, s)
	fatal(t, s.Close())
	wantNothingLeft(t, s.Dir())
}

// told is what the processes say that they have done.
type told struct {
	mu     sync.Mutex
	counts map[string]int
	kept   map[string]string // content of notes by id
	files  map[string]string // hash of the content of attachments by id
}

// run runs one of the processes to its end.
func (all *told) run(t *testing.T, dir string, n int) {
	child := exec.Command(os.Args[0], "-test.run=^TestProcess$", "-test.timeout=0", "-processes.for="+processesFor.String())
	child.Env = append(os.Environ(), processesEnv+"="+dir, processEnv+"="+strconv.Itoa(n))
	out, err := child.StdoutPipe()
	if err == nil {
		child.Stderr = os.Stderr
		err = child.Start()
	}
	if err != nil {
		t.Error(err)
		return
	}
	rest := all.listen(out)
	if err := child.Wait(); err != nil {
		t.Errorf("process %d: %v\n%s", n, err, rest)
	} else if testing.Verbose() {
		t.Logf("process %d: %s", n, rest)
	}
}

// listen takes what a process says, and gives the rest of its output.
func (all *told) listen(out io.Reader) (rest string) {
	in := bufio.NewScanner(out)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		word := strings.Fields(strings.TrimSuffix(in.Text(), "."))
		all.mu.Lock()
		switch {
		case len(word) != 3 || !all.take(word[0], word[1], word[2]):
			rest += in.Text() + "\n"
		}
		all.mu.Unlock()
	}
	return rest
}

func (all *told) take(what, id, value string) bool {
	if all.counts == nil {
		all.counts, all.kept, all.files = map[string]int{}, map[string]string{}, map[string]string{}
	}
	switch what {
	case "count":
		n, err := strconv.Atoi(value)
		all.counts[id] += n
		return err == nil
	case "kept":
		all.kept[id] = value
	case "file":
		all.files[id] = value
	default:
		return false
	}
	return true
}

// want holds the store against what was acknowledged.
func (all *told) want(t *testing.T, s *repo.Store, byShell int) {
	t.Helper()
	v, err := s.Sessions.Get(t.Context(), "s", "summary")
	fatal(t, err)
	names, summaries, shots := all.counts["name"], all.counts["summary"], all.counts["shot"]
	if v.Name != strconv.Itoa(names) || string(v.Summary) != fmt.Sprintf(`{"n":%d}`, summaries) || v.Rev != int64(1+names+summaries) {
		t.Errorf("after %d changes of the name and %d of the summary: %s, %s, revision %d", names, summaries, v.Name, v.Summary, v.Rev)
	}
	shell, err := s.Notes.Get(t.Context(), "shell")
	if err != nil || shell.Content != strconv.Itoa(byShell) || byShell == 0 {
		t.Errorf("after %d changes by the shell: %q, %v", byShell, shell.Content, err)
	}
	notes := 0
	for n, err := range s.Notes.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		if text, mine := all.kept[n.ID]; mine {
			notes++
			if n.Content != text {
				t.Errorf("note %s is %q, want %q", n.ID, n.Content, text)
			}
		}
	}
	files := 0
	for a, err := range s.Attachments.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		if files++; all.files[a.ID] != a.File.Blob {
			t.Errorf("attachment %s has %s, want %q", a.ID, a.File.Blob, all.files[a.ID])
		}
	}
	if notes != len(all.kept) || files != len(all.files) || names == 0 || notes == 0 {
		t.Errorf("%d of %d notes, %d of %d attachments, %d changes", notes, len(all.kept), files, len(all.files), names)
	}
	t.Logf("%d changes of a name, %d of a summary, %d of a list, %d by the shell; %d notes and %d attachments stay; %v", names, summaries, shots, byShell, notes, files, all.counts)
}

// useShell changes a note with SQL, as long as the processes run, and gives how often.
func useShell(t *testing.T, s *repo.Store, ended <-chan struct{}) (n int) {
	t.Helper()
	const change = "UPDATE notes SET content = CAST(CAST(content AS INTEGER) + 1 AS TEXT) WHERE id = 'shell'"
	for {
		select {
		case <-ended:
			return n
		default:
		}
		program := "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=60)\nc.execute(\"" + change + "\")\nc.commit()\nc.close()\n"
		shell := exec.Command("sqlite3", "-batch", "-bail", "-cmd", ".timeout 60000", s.Path(), change)
		if shell.Err != nil {
			shell = exec.Command("python3", "-c", program, s.Path())
		}
		if out, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
			return n
		}
		n++
	}
}

// wantBackups wants every backup to be good and as it was made.
func wantBackups(t *testing.T, s *repo.Store) {
	t.Helper()
	list, err := s.Backups().List(t.Context())
	fatal(t, err)
	if len(list) == 0 {
		t.Error("no backup was made")
	}
	for _, b := range list {
		if err := s.Backups().Verify(t.Context(), b.ID, false, nil); err != nil || !b.Good() {
			t.Errorf("backup %s: %s, %v", b.ID, b.Problem(), err)
		}
	}
}

// wantNothingLeft wants no file that is there for a time only.
func wantNothingLeft(t *testing.T, dir string) {
	t.Helper()
	fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		name := filepath.Base(path)
		if err == nil && !e.IsDir() && (strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "-wal") || strings.HasSuffix(name, "-shm") || strings.Contains(name, ".aside")) {
			t.Errorf("left: %s", path)
		}
		return err
	}))
}
