//go:build unix

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"

	"github.com/google/go-cmp/cmp"
)

var killRounds = flag.Int("kill.rounds", 0, "how often each command is killed")

// ground is a store, and a directory beside it.
type ground struct{ store, dir string }

// job is a command that is disturbed at work.
type job struct {
	name    string
	args    []string // DIR in them is the directory beside the store
	prepare func(t *testing.T, p ground)
}

// jobs are the commands that write, each on a store with records of all kinds, history, trash,
// contents and a backup.
func jobs() []job {
	return []job{
		{"put", words("put notes DIR/note.json"), nil},
		{"tag merge", words("tag merge alpha beta --into gamma"), nil},
		{"import", words("import DIR/all.zip --on-conflict replace"), func(t *testing.T, p ground) {
			ask(t, p.store, "export", "--format", "archive", "-f", filepath.Join(p.dir, "all.zip"))
			ask(t, p.store, "put", "notes", filepath.Join(p.dir, "kept.json"))
			ask(t, p.store, "purge", "notes", "gone", "--yes")
		}},
		{"import into nothing", words("import DIR/all.zip"), func(t *testing.T, p ground) {
			ask(t, p.store, "export", "--format", "archive", "-f", filepath.Join(p.dir, "all.zip"))
			fatal(t, os.RemoveAll(p.store))
		}},
		{"import of lines", words("import DIR/all.ndjson --on-conflict replace"), func(t *testing.T, p ground) {
			ask(t, p.store, "export", "--format", "ndjson", "-f", filepath.Join(p.dir, "all.ndjson"))
			ask(t, p.store, "put", "notes", filepath.Join(p.dir, "kept.json"))
		}},
		{"legacy import", words("legacy import " + sample), func(t *testing.T, p ground) { fatal(t, os.RemoveAll(p.store)) }},
		{"export", words("export --format archive -f DIR/new.zip"), nil},
		{"backup create", words("backup create"), nil},
		{"backup restore", words("backup restore latest"), func(t *testing.T, p ground) {
			ask(t, p.store, "backup", "create")
			ask(t, p.store, "put", "notes", filepath.Join(p.dir, "note.json"))
		}},
		{"repair", words("repair all"), func(t *testing.T, p ground) {
			foreign(t, p.store, "UPDATE notes SET summary = 'by another tool'; DELETE FROM search_words; DELETE FROM facet_rows")
		}},
		{"blob gc", words("blob gc --grace 0"), func(t *testing.T, p ground) { unneeded(t, p) }},
		{"blob trash empty", words("blob trash empty"), func(t *testing.T, p ground) {
			unneeded(t, p)
			ask(t, p.store, "blob", "gc", "--grace", "0")
		}},
		{"purge", words("purge notes gone"), nil},
		{"optimize", words("optimize"), nil},
		{"vacuum", words("vacuum"), nil},
		{"migrate", words("migrate up"), func(t *testing.T, p ground) {
			fatal(t, os.RemoveAll(p.store))
			unpackStore(t, slices.MinFunc(versions(t, "schema*.tar.zst"), strings.Compare), p.store)
		}},
	}
}

// unneeded puts a content into a store that no record needs any longer.
func unneeded(t *testing.T, p ground) {
	t.Helper()
	var added struct{ Items []struct{ ID string } }
	text := ask(t, p.store, "blob", "add", filepath.Join(p.dir, "picture"), "--json")
	if err := json.Unmarshal(text, &added); err != nil || len(added.Items) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	ask(t, p.store, "purge", "attachments", added.Items[0].ID, "--yes")
}

const sample = "../../importexport/legacy/testdata/sample"

func words(s string) []string { return strings.Fields(s) }

func fatal(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// foreign runs SQL on a store as another program does.
func foreign(t *testing.T, store, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", sqlsh.Source(filepath.Join(store, databaseName), true, false, time.Second))
	fatal(t, err)
	_, err = db.Exec(text)
	fatal(t, err, db.Close())
}

// template makes the store that all jobs start from.
func template(t *testing.T) ground {
	t.Helper()
	p := ground{filepath.Join(t.TempDir(), "store"), t.TempDir()}
	if got := storectl(t, nil, "", "--store", p.store, "legacy", "import", sample); got.code != 0 && got.code != 3 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	note := func(id, text string) string {
		file := filepath.Join(p.dir, id+".json")
		fatal(t, os.WriteFile(file, fmt.Appendf(nil, `{"id":%q,"content":%q,"summary":"s","timestamp":"2026-11-01T10:00:00.000Z","lastUpdated":"2026-11-01T10:00:00.000Z","source":"thought","tags":["alpha","beta"]}`, id, text), 0o600))
		return file
	}
	ask(t, p.store, "put", "notes", note("kept", "first words"))
	ask(t, p.store, "put", "notes", note("gone", "of the trash"))
	ask(t, p.store, "delete", "notes", "gone")
	foreign(t, p.store, "UPDATE notes SET content = 'written by another tool' WHERE id = 'kept'")
	ask(t, p.store, "backup", "create")
	note("kept", "second words")
	note("note", "what is put")
	fatal(t, os.WriteFile(filepath.Join(p.dir, "picture"), bytes.Repeat([]byte("picture "), 3000), 0o600))
	return p
}

// prepared gives a job a ground of its own.
func (j job) prepared(t *testing.T, from ground) ground {
	t.Helper()
	top := t.TempDir()
	p := ground{filepath.Join(top, "store"), filepath.Join(top, "dir")}
	out, err := exec.Command("cp", "-a", from.store, p.store).CombinedOutput()
	fatal(t, err)
	more, err := exec.Command("cp", "-a", from.dir, p.dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%s%s", out, more)
	}
	if j.prepare != nil {
		j.prepare(t, p)
	}
	return p
}

func (j job) command(p ground) []string {
	args := []string{"--store", p.store, "--yes", "--no-progress"}
	for _, a := range j.args {
		args = append(args, strings.Replace(a, "DIR", p.dir, 1))
	}
	return args
}

// outcome is what a user sees of a store.
type outcome struct {
	Records map[string]string
	Trash   string
}

// seen gives what is in a store; there may be none, and that is as good as an empty one.
func seen(t *testing.T, store string) (o outcome) {
	t.Helper()
	got := storectl(t, nil, "", "--store", store, "export", "--format", "ndjson", "-f", "-")
	if got.code == exitNoStore || got.code == exitSchema {
		return o
	}
	if got.code != 0 && got.code != 3 {
		t.Fatalf("export: exit %d: %s", got.code, got.stderr)
	}
	o.Records = records(t, []byte(got.stdout))
	o.Trash = strings.TrimPrefix(string(ask(t, store, "query", "-o", "csv", "SELECT kind, id FROM v_trash ORDER BY kind, id")), "kind,id\n")
	return o
}

// within tells that nothing is in a store but what is in another.
func (o outcome) within(other outcome) bool {
	for id, text := range o.Records {
		if other.Records[id] != text {
			return false
		}
	}
	return o.Trash == "" || o.Trash == other.Trash
}

func (o outcome) is(other outcome) bool {
	return o.Trash == other.Trash && maps.Equal(o.Records, other.Records)
}

// checked wants a store to be as sound as one of two codes of check says.
func checked(t *testing.T, store string, codes ...int) {
	t.Helper()
	got := storectl(t, nil, "", "--store", store, "check")
	if !slices.Contains(codes, got.code) {
		t.Fatalf("check: exit %d, want one of %v:\n%s%s", got.code, codes, got.stdout, got.stderr)
	}
}

// expected is what a job does undisturbed.
type expected struct {
	before, after outcome
	checks        []int // codes of check before and after
	code          int
	took          time.Duration
	left          []string // files beside those with names of their own
}

func (j job) undisturbed(t *testing.T, from ground) (e expected) {
	t.Helper()
	p := j.prepared(t, from)
	e.before = seen(t, p.store)
	e.checks = append(e.checks, storectl(t, nil, "", "--store", p.store, "check").code)
	start := time.Now()
	got := storectl(t, nil, "", j.command(p)...)
	e.took, e.code = time.Since(start), got.code
	if got.code != 0 && got.code != 3 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	e.after = seen(t, p.store)
	e.checks = append(e.checks, storectl(t, nil, "", "--store", p.store, "check").code)
	if j.args[0] != "repair" && slices.ContainsFunc(e.checks, func(code int) bool { return code != 0 && code != exitNoStore && code != exitSchema }) {
		t.Fatalf("check: exit %v", e.checks)
	}
	e.left = left(t, p)
	return e
}

// left are the names in a store, and beside it, of what is there for a time only.
func left(t *testing.T, p ground) (names []string) {
	t.Helper()
	top := filepath.Dir(p.store)
	fatal(t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		rel, _ := filepath.Rel(top, path)
		base := filepath.Base(rel)
		if err == nil && (filepath.Base(filepath.Dir(rel)) == "scratch" || strings.Contains(base, ".tmp") || strings.Contains(base, ".aside") || strings.Contains(base, ".part")) {
			names = append(names, rel)
		}
		return err
	}))
	return names
}

// outlives holds a store that was disturbed at work against what may have come of it: all or
// nothing, and the same command then does what it would have done. What it told that it has
// put aside may stay.
func (j job) outlives(t *testing.T, p ground, want expected, done bool, told string) {
	t.Helper()
	got := seen(t, p.store)
	part := j.args[0] == "legacy" && got.within(want.after) // an import goes on where it was
	if !got.is(want.after) && (done || !got.is(want.before) && !part) {
		t.Fatalf("the store is neither as before nor as after; done: %v\n-after +disturbed\n%.3000s", done, cmp.Diff(want.after, got))
	}
	if codes := want.checks; got.Records != nil {
		checked(t, p.store, codes...)
	}
	aDayPasses(t, p)
	again := storectl(t, nil, "", j.command(p)...)
	if again.code != want.code && !got.is(want.after) {
		t.Fatalf("again: exit %d: %s", again.code, again.stderr)
	}
	if got := seen(t, p.store); !got.is(want.after) {
		t.Fatalf("again: -want +got\n%.3000s", cmp.Diff(want.after, got))
	}
	checked(t, p.store, want.checks[1])
	names := slices.DeleteFunc(left(t, p), func(name string) bool { return strings.Contains(told, filepath.Base(name)) })
	if len(names) > len(want.left) {
		t.Errorf("left behind: %v", names)
	}
}

// aDayPasses makes what was being written as old as the next command wants it to remove it: younger files may be
// another process's.
func aDayPasses(t *testing.T, p ground) {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(p.store, "blobs", "tmp", "*"))
	begun, _ := filepath.Glob(filepath.Join(p.dir, ".*.taskstore.tmp"))
	names = append(names, begun...)
	old := time.Now().Add(-25 * time.Hour)
	for _, name := range names {
		fatal(t, os.Chtimes(name, old, old))
	}
}

// TestKilled kills each command at random moments.
func TestKilled(t *testing.T) {
	if *killRounds == 0 {
		t.Skip("skipped: -kill.rounds says how often each command is killed")
	}
	from := template(t)
	for _, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			want := j.undisturbed(t, from)
			for range *killRounds {
				p := j.prepared(t, from)
				cmd := exec.Command("storectl", j.command(p)...)
				fatal(t, cmd.Start())
				timer := time.AfterFunc(time.Duration(rand.Int64N(int64(want.took)+1)), func() { _ = cmd.Process.Kill() })
				err := cmd.Wait()
				timer.Stop()
				j.outlives(t, p, want, err == nil, "")
			}
		})
	}
}
