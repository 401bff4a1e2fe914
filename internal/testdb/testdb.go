// Package testdb gives tests real stores, seeded entities, legacy directories,
// and a comparison of JSON that overlooks nothing. It imports repo, so only
// external test packages (package x_test) can import it.
package testdb

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"taskstore/repo"
	"taskstore/repo/check"
)

// Dir gives an empty directory for a store whose name holds what a file URI
// could take for something else.
func Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir() + "/a store%41#1"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// empty is the file of a store with nothing in it. It is made once, because
// migrating each test's store anew takes longer than most tests.
var empty = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "testdb-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := repo.Open(context.Background(), dir, repo.Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(s.Path())
})

// Open gives a new store. When the test ends the store is checked in full, opened
// again if the test has closed it, and must be found in order: every test is a
// test for corruption.
func Open(t testing.TB, opts ...func(*repo.Options)) *repo.Store {
	t.Helper()
	made, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	return Reopen(t, Copy(t, made), opts...)
}

// Unchecked gives a new store that is not looked at when the test ends, because
// the test damages it.
func Unchecked(t testing.TB, opts ...func(*repo.Options)) *repo.Store {
	t.Helper()
	made, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	dir := Dir(t)
	place(t, dir, made)
	return Reopen(t, dir, opts...)
}

func place(t testing.TB, dir string, file []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "store.db"), file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Copy gives a directory with a store whose file is a copy of one that was closed.
// It is checked when the test ends, as by Open.
func Copy(t testing.TB, file []byte) (dir string) {
	t.Helper()
	dir = Dir(t)
	place(t, dir, file)
	t.Cleanup(func() {
		if !t.Failed() {
			WantClean(t, dir)
		}
	})
	return dir
}

// Reopen opens the store in dir and closes it when the test ends. Nothing is
// checked.
func Reopen(t testing.TB, dir string, opts ...func(*repo.Options)) *repo.Store {
	t.Helper()
	var opt repo.Options
	for _, fn := range opts {
		fn(&opt)
	}
	s, err := repo.Open(context.Background(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// WantClean checks the store in dir in full, without changing it where nobody
// has it open, and fails the test for each problem.
func WantClean(t testing.TB, dir string) {
	t.Helper()
	ctx := context.Background()
	s, err := repo.Open(ctx, dir, repo.Options{Untouched: true})
	if err != nil {
		t.Errorf("open for the check: %v", err)
		return
	}
	rep, err := s.Check(ctx, check.Options{})
	if err != nil {
		t.Errorf("check: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close after the check: %v", err)
	}
	for _, p := range rep.Problems {
		if p.Severity != check.SeverityNote {
			t.Errorf("check: %+v", p)
		}
	}
}

// Shell runs SQL in the sqlite3 shell on the store's file, as a foreign tool
// does, and gives what it prints. Without the shell the test is skipped.
func Shell(t testing.TB, s *repo.Store, sql string) string {
	t.Helper()
	return ShellIn(t, s.Dir(), sql)
}

// ShellIn is Shell on the store in a directory.
func ShellIn(t testing.TB, dir, sql string) string {
	t.Helper()
	path, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("skipped: the sqlite3 shell is not in PATH")
	}
	return pipe(t, sql, path, "-batch", "-bail", "-cmd", ".timeout 20000", filepath.Join(dir, "store.db"))
}

// python is the interpreter itself: python3 in PATH may be a script that looks for
// it, which takes longer than most programs here.
var python = sync.OnceValues(func() (path string, err error) {
	out, err := exec.Command("python3", "-c", "import sqlite3, sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(out)), err
})

// PythonPath is the interpreter, "" where there is none with sqlite3.
func PythonPath() string {
	path, err := python()
	if err != nil {
		return ""
	}
	return path
}

// Python runs a program in Python with the store's file as its argument.
// Without Python and its sqlite3 the test is skipped.
func Python(t testing.TB, s *repo.Store, program string) string {
	t.Helper()
	path, err := python()
	if err != nil {
		t.Skip("skipped: no python3 with sqlite3 in PATH")
	}
	return pipe(t, program, path, "-", s.Path())
}

func pipe(t testing.TB, in, name string, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &problems
	if err := cmd.Run(); err != nil || problems.Len() > 0 {
		t.Fatalf("%s: %v\n%s\non: %s", name, err, &problems, in)
	}
	return strings.TrimSpace(out.String())
}
