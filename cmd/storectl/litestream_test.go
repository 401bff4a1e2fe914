package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/schema"
)

var litestreamMoments = flag.Int("litestream.moments", 2, "to how many moments the store is brought back that Litestream copies")

// writesInto names the store into which TestWriteSteadily writes until it is killed.
const writesInto = "STORECTL_TEST_WRITES_INTO"

// TestWriteSteadily is the program that TestLitestream kills. Each line says what is acknowledged.
func TestWriteSteadily(t *testing.T) {
	dir := os.Getenv(writesInto)
	if dir == "" {
		t.Skip("a process of TestLitestream")
	}
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		note := noteNumber(n)
		if err := s.Notes.Save(t.Context(), &note); err != nil {
			t.Fatal(err)
		}
		if n%5 == 0 {
			if _, err := s.Contents.Attach(t.Context(), repo.Ref{Kind: "note", ID: note.ID}, "file", strings.NewReader(fmt.Sprint("content ", n))); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Println("acknowledged", n)
		time.Sleep(3 * time.Millisecond)
	}
}

func noteNumber(n int) schema.Note {
	now := schema.TimeOf(time.Now())
	return schema.Note{Head: schema.Head{ID: fmt.Sprint("note-", n)}, Content: strings.Repeat("words ", n%400), Summary: fmt.Sprint("note ", n), Timestamp: now, LastUpdated: now, Source: "other"}
}

// litestreams is a store that is written, what copies it, and what was acknowledged.
type litestreams struct {
	t              *testing.T
	work, store    string
	config         string
	acknowledged   chan int
	writer, copier *exec.Cmd
}

// newLitestreams makes a store and what Litestream needs to copy it.
func newLitestreams(t *testing.T) *litestreams {
	if _, err := exec.LookPath("litestream"); err != nil {
		t.Skip("no litestream here: go install github.com/benbjohnson/litestream/cmd/litestream@v0.5.18")
	}
	l := &litestreams{t: t, work: t.TempDir(), acknowledged: make(chan int, 1)}
	l.store = filepath.Join(l.work, "store")
	l.must("init")
	if err := os.WriteFile(filepath.Join(l.work, "key"), []byte(l.must("backup", "target", "init", l.target(), "--json")), 0o600); err != nil {
		t.Fatal(err)
	}
	l.config = filepath.Join(l.work, "litestream.yml")
	text := fmt.Sprintf("dbs:\n  - path: %s\n    monitor-interval: 50ms\n    replica:\n      path: %s\n      sync-interval: 50ms\n", repo.DBPath(l.store), filepath.Join(l.work, "replica"))
	if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LITESTREAM_CONFIG", l.config)
	l.copy()
	return l
}

// moment is a time during the writing.
type moment struct {
	at                 time.Time
	before, afterwards int // acknowledged long enough before it to be copied, and at most
}

// TestLitestream: a store is written without a pause and copied by Litestream, its contents by backup run; both are
// killed, and one of them comes back. Out of what is elsewhere the store comes back as it was at any moment.
func TestLitestream(t *testing.T) {
	l := newLitestreams(t)
	l.write()
	moments := l.moments(*litestreamMoments)
	l.kill(l.writer)
	l.contents()
	time.Sleep(time.Second) // Litestream copies what is left
	if status := l.must("status", "--json"); !strings.Contains(status, `"behind": ""`) || !strings.Contains(status, filepath.Join(l.work, "replica")) {
		t.Errorf("status does not tell of the replica:\n%s", status)
	}
	l.kill(l.copier)
	if err := os.RemoveAll(l.store); err != nil { // the disk is lost
		t.Fatal(err)
	}
	for i, m := range moments {
		l.bringBack(i, m)
	}
}

// moments are times during the writing. Meanwhile contents are copied, and Litestream is killed and comes back.
func (l *litestreams) moments(n int) (list []moment) {
	for i := range n {
		if i == n/2 {
			l.kill(l.copier)
			time.Sleep(300 * time.Millisecond)
			l.copy()
		}
		m := moment{before: <-l.acknowledged}
		time.Sleep(time.Second) // until Litestream has copied it
		m.at = time.Now()
		m.afterwards = <-l.acknowledged + 1
		list = append(list, m)
		if i%3 == 0 {
			l.contents()
		}
	}
	return list
}

// bringBack restores the store of a moment, in place of the one before.
func (l *litestreams) bringBack(i int, m moment) {
	l.t.Helper()
	file := l.restored(fmt.Sprint("restored-", i, ".db"), "-timestamp", m.at.UTC().Format(time.RFC3339Nano))
	from := []string{filepath.Join(l.work, "disk")}
	if i%2 == 1 {
		from = []string{l.target(), "--identity", filepath.Join(l.work, "key")}
	}
	l.must(append([]string{"backup", "restore", "--from-db", file, "--yes", "--contents-from"}, from...)...)
	l.must("check")
	notes := l.notes()
	if notes < m.before || notes > m.afterwards {
		l.t.Errorf("moment %d: %d notes came back, of %d that were acknowledged a second before it and %d then", i, notes, m.before, m.afterwards)
	}
	l.t.Logf("moment %d: %d notes", i, notes)
}

// notes counts the notes, which must be the first ones without a gap.
func (l *litestreams) notes() int {
	l.t.Helper()
	s, err := repo.Open(l.t.Context(), l.store, repo.Options{ReadOnly: true})
	if err != nil {
		l.t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Notes.Count(l.t.Context(), repo.Query{})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := s.Notes.Get(l.t.Context(), fmt.Sprint("note-", n)); n > 0 && err != nil {
		l.t.Errorf("of %d notes the last is not there: %v", n, err)
	}
	return n
}

// TestLitestreamComesBack: Litestream ends while the store is in use, the log is begun anew meanwhile, and it comes
// back while the new log is short: what was written without it is in the replica.
func TestLitestreamComesBack(t *testing.T) {
	l := newLitestreams(t)
	s, err := repo.Open(t.Context(), l.store, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log, n := s.Path()+"-wal", 0
	save := func(until func() bool) {
		for !until() {
			n++
			note := noteNumber(n)
			if err := s.Notes.Save(t.Context(), &note); err != nil {
				t.Fatal(err)
			}
		}
	}
	time.Sleep(time.Second) // Litestream begins
	save(func() bool { info, err := os.Stat(log); return err == nil && info.Size() > 2<<20 })
	time.Sleep(time.Second) // it copies what is there, and knows the end of the log
	l.kill(l.copier)
	salts := sqlitedb.LogSalts(log)
	save(func() bool { return sqlitedb.LogSalts(log) != salts })
	l.copy()
	time.Sleep(time.Second)
	once := n
	save(func() bool { return n > once })
	time.Sleep(time.Second)
	l.kill(l.copier)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l.must("backup", "restore", "--from-db", l.restored("restored.db"), "--yes")
	if is := l.notes(); is != n {
		t.Errorf("the replica has %d notes of %d", is, n)
	}
	l.must("check")
}

// restored is what Litestream restores.
func (l *litestreams) restored(name string, flags ...string) string {
	l.t.Helper()
	file := filepath.Join(l.work, name)
	out, err := exec.Command("litestream", append(append([]string{"restore", "-config", l.config, "-o", file}, flags...), repo.DBPath(l.store))...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("litestream restore: %v\n%s", err, out)
	}
	return file
}

func (l *litestreams) must(args ...string) string {
	l.t.Helper()
	out, err := exec.Command("storectl", append([]string{"--store", l.store, "--no-progress"}, args...)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("storectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// target is a sealed one; contents go there and to a plain directory.
func (l *litestreams) target() string { return "dir:" + filepath.Join(l.work, "sealed") }

func (l *litestreams) contents() {
	l.t.Helper()
	l.must("backup", "run", "--to", l.target(), "--contents-only")
	l.must("backup", "run", "--to", filepath.Join(l.work, "disk"), "--contents-only")
}

func (l *litestreams) copy() {
	l.t.Helper()
	l.copier = exec.Command("litestream", "replicate", "-config", l.config)
	l.start(l.copier)
}

// write starts the program that writes, and keeps the newest number that it has acknowledged in l.acknowledged.
func (l *litestreams) write() {
	l.t.Helper()
	l.writer = exec.Command(os.Args[0], "-test.run=^TestWriteSteadily$", "-test.timeout=5m")
	l.writer.Env = append(os.Environ(), writesInto+"="+l.store)
	out, err := l.writer.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	l.start(l.writer)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n := 0
			if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &n); err != nil {
				continue
			}
			select {
			case <-l.acknowledged:
			default:
			}
			l.acknowledged <- n
		}
	}()
}

func (l *litestreams) start(cmd *exec.Cmd) {
	l.t.Helper()
	cmd.Dir = l.work
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = cmd.Process.Kill() })
}

func (l *litestreams) kill(cmd *exec.Cmd) {
	l.t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, context.Canceled) {
		l.t.Fatal(err)
	}
}
