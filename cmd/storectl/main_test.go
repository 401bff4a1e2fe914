package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"
	"taskstore/cmd/storectl/internal/term"

	"github.com/rogpeppe/go-internal/testscript"
)

// measuredIn names the file into which TestMeasured writes what a process took.
const measuredIn = "STORECTL_TEST_MEASURED"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withProgram(m.Run))
}

// withProgram runs the tests with the program in PATH, built as its users build it.
// The scripts start it hundreds of times, and the binary of the tests, which
// contains what the tests need, takes half as long again to begin.
func withProgram(run func() int) int {
	if flag.Lookup("test.fuzzworker").Value.String() == "true" || os.Getenv(measuredIn) != "" || os.Getenv(writesInto) != "" {
		return run() // beside a process that has it
	}
	dir, err := os.MkdirTemp("", "storectl-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-buildvcs=false", "-o", dir+string(filepath.Separator), ".")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build storectl: %v\n%s", err, out))
	}
	if err := os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
		panic(err)
	}
	return run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "data"))
			env.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"scratch": scratch,
			"corrupt": corrupt,
			"damage":  damage,
			"flip":    flip,
			"private": private,
			"smash":   smash,
		},
	})
}

// private wants that nobody but the owner can see or enter what is named and what
// is in it.
func private(ts *testscript.TestScript, neg bool, args []string) {
	if neg || runtime.GOOS == "windows" {
		return
	}
	for _, name := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(name), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				err = fmt.Errorf("%v %s", info.Mode(), path)
			}
			return err
		}))
	}
}

// exits runs a command and wants its exit code: exits 2 storectl query.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// corrupt flips a bit of the newest backup in a directory: corrupt DIR.
func corrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: corrupt DIR")
	}
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.db.zst"))
	if err != nil || len(found) == 0 {
		ts.Fatalf("there is no backup in %s: %v", args[0], err)
	}
	newest := found[len(found)-1]
	file, err := os.ReadFile(newest)
	ts.Check(err)
	file[len(file)/2] ^= 1
	ts.Check(os.WriteFile(newest, file, 0o600))
}

// scratch makes a database that looks like a store's from a file of SQL: scratch DIR FILE.
func scratch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: scratch DIR FILE")
	}
	ts.Check(scratchStore(ts.MkAbs(args[0]), ts.ReadFile(args[1])))
}

func scratchStore(dir, ddl string) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	source := strings.Replace(sqlsh.Source(filepath.Join(dir, databaseName), true, false, time.Second), "mode=rw", "mode=rwc", 1)
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(fmt.Sprintf("PRAGMA journal_mode=WAL; PRAGMA application_id=%d; %s", sqlsh.ApplicationID, ddl))
	return err
}

// result is what one run of storectl gave.
type result struct {
	code           int
	stdout, stderr string
}

func storectl(t *testing.T, environ []string, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr, environ)
	return result{code, stdout.String(), stderr.String()}
}

func TestErrorUnderJSON(t *testing.T) {
	got := storectl(t, nil, "", "--store", filepath.Join(t.TempDir(), "none"), "query", "SELECT 1", "--json")
	if got.code != exitNoStore || got.stdout != "" {
		t.Fatalf("exit %d, stdout %q", got.code, got.stdout)
	}
	var body struct {
		Error struct {
			Kind, Message, Hint string
			Exit                int
		}
	}
	if err := json.Unmarshal([]byte(got.stderr), &body); err != nil {
		t.Fatalf("stderr %q: %v", got.stderr, err)
	}
	if e := body.Error; e.Kind != "no_store" || e.Exit != exitNoStore || e.Message == "" || e.Hint == "" {
		t.Errorf("got %+v", e)
	}
}

func TestFlagBeforeEnvironment(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		args    []string
		code    int
		begins  string // of stdout
	}{
		{"default", nil, []string{"version"}, 0, "storectl"},
		{"environment", []string{"STORECTL_OUTPUT=json"}, []string{"version"}, 0, "{"},
		{"flag wins", []string{"STORECTL_OUTPUT=json"}, []string{"version", "-o", "csv"}, 0, "name,value"},
		{"json from the environment, form from a flag", []string{"STORECTL_JSON=1"}, []string{"version", "-o", "tsv"}, 0, "name\tvalue"},
		{"form from the environment, json from a flag", []string{"STORECTL_OUTPUT=csv"}, []string{"version", "--json"}, 0, "{"},
		{"empty is unset", []string{"STORECTL_OUTPUT="}, []string{"version"}, 0, "storectl"},
		{"no value for a flag", []string{"STORECTL_YES=perhaps"}, []string{"version"}, exitMisused, ""},
		{"no form", []string{"STORECTL_OUTPUT=xml"}, []string{"version"}, exitMisused, ""},
		{"both forms", nil, []string{"version", "--json", "-o", "csv"}, exitMisused, ""},
		{"quiet and verbose", nil, []string{"version", "-q", "-v"}, exitMisused, ""},
		{"timeout", nil, []string{"version", "--timeout", "soon"}, exitMisused, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := storectl(t, test.environ, "", test.args...)
			if got.code != test.code || !strings.HasPrefix(got.stdout, test.begins) || (test.begins == "" && got.stdout != "") {
				t.Errorf("exit %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestDefaultStore(t *testing.T) {
	tests := []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", map[string]string{"HOME": "/h"}, "/h/.local/share/taskstore"},
		{"linux", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/taskstore"},
		{"linux", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "not/absolute"}, "/h/.local/share/taskstore"},
		{"darwin", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/h/Library/Application Support/taskstore"},
		{"windows", map[string]string{"LocalAppData": "/w"}, "/w/taskstore"},
		{"linux", nil, ""},
	}
	for _, test := range tests {
		if got := filepath.ToSlash(defaultStore(test.env, test.goos)); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.goos, test.env, got, test.want)
		}
	}
}

func TestInterruptEndsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	dir := t.TempDir()
	if err := scratchStore(dir, "CREATE TABLE t (n INTEGER) STRICT"); err != nil {
		t.Fatal(err)
	}
	cancel(errInterrupted)
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"--store", dir, "query", "--write", "INSERT INTO t VALUES (1)"}, nil, &stdout, &stderr, nil)
	if code != exitInterrupted || stdout.Len() > 0 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
	if got := storectl(t, nil, "", "--store", dir, "query", "SELECT count(*) AS n FROM t", "-o", "csv"); got.stdout != "n\n0\n" {
		t.Errorf("the change was made: %q", got.stdout)
	}
}

func TestConfirm(t *testing.T) {
	tests := []struct {
		name string
		opt  term.Options
		code int
	}{
		{"yes", term.Options{Yes: true}, exitDone},
		{"no terminal", term.Options{}, exitMisused},
		{"no input", term.Options{NoInput: true}, exitMisused},
		{"yes goes before no input", term.Options{Yes: true, NoInput: true}, exitDone},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		a := newApp(strings.NewReader("y\n"), &bytes.Buffer{}, &stderr, nil)
		a.Options = test.opt
		code := exitDone
		if err := a.sure(t.Context(), false, "purge 3 notes"); err != nil {
			code = a.report(t.Context(), err)
		}
		if code != test.code {
			t.Errorf("%s: exit %d, want %d", test.name, code, test.code)
		}
		if code != exitDone && !strings.Contains(stderr.String(), "--yes") {
			t.Errorf("%s: stderr %q", test.name, stderr.String())
		}
		if err := a.sure(t.Context(), true, "purge 3 notes"); err != nil {
			t.Errorf("%s: a dry run asks: %v", test.name, err)
		}
	}
}
