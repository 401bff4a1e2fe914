package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var fencedBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// section is the text of a section of a Markdown file, without its headline.
func sectionOf(t *testing.T, file, headline string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n## "+headline+"\n")
	if !found {
		t.Fatalf("%s has no section %q", file, headline)
	}
	section, _, _ := strings.Cut(after, "\n## ")
	return section
}

// TestTour runs every command of the README's tour, in their order, as a person
// would type them.
func TestTour(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the tour is for a POSIX shell")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	section := sectionOf(t, filepath.Join(root, "README.md"), "Tour")
	blocks := fencedBlock.FindAllStringSubmatch(section, -1)
	if n := strings.Count(section, "```"); len(blocks) < 5 || n != 2*len(blocks) {
		t.Fatalf("the tour has %d blocks and %d fences", len(blocks), n)
	}
	script, commands := "set -ex\n", 0
	for _, block := range blocks {
		if block[1] != "sh" {
			t.Errorf("a block of the tour is %q and not sh: nothing runs it", block[1])
		}
		script += block[2]
		commands += strings.Count(strings.TrimSpace(block[2]), "\n") + 1
	}
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "importexport", "legacy", "testdata", "sample"),
		os.DirFS(filepath.Join(root, "importexport", "legacy", "testdata", "sample"))); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("storectl"); err != nil { // TestMain puts it there
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	shell.Dir = work
	shell.Env = append(os.Environ(), "HOME="+work, "STORECTL_STORE=")
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	t.Logf("%d commands in %d blocks", commands, len(blocks))
	for _, want := range []string{"Ring", "milestone", "0 differ"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour never shows %q:\n%s", want, out)
		}
	}
}
