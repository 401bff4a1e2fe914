package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var install = flag.Bool("install", false, "install the program as the README says, and build the static one")

// TestInstall runs what the README says of installing; its first and its second command are run by .ci/run.
func TestInstall(t *testing.T) {
	if !*install {
		t.Skip("compiles for minutes where cgo is at hand; -install does it")
	}
	root, bin := repoRoot(t), t.TempDir()
	commands := ""
	for _, b := range blocksOf(t, sectionOf(t, filepath.Join(root, "README.md"), "Install")) {
		commands += strings.ReplaceAll(b.text, "-o bin/", "-o "+filepath.Join(bin, "static")+"/")
	}
	runIn(t, root, commands, "GOBIN="+bin)
	for _, program := range []string{filepath.Join(bin, "storectl"), filepath.Join(bin, "static", "storectl")} {
		if out, err := exec.Command(program, "version").CombinedOutput(); err != nil || !strings.Contains(string(out), "storectl") {
			t.Errorf("%s: %v, %s", program, err, out)
		}
	}
}

// TestUsedByModule: a module of its own uses this one as the page for Go programs says, and the program of that page
// builds and does what it says. Nothing is fetched: what this module needs is on the machine already.
func TestUsedByModule(t *testing.T) {
	tourPlace(t) // skips where there is no shell
	var commands []string
	var program string
	for _, p := range pages {
		if p.name != "go" {
			continue
		}
		for _, b := range blocksOf(t, p.text) {
			switch b.language {
			case "sh":
				commands = append(commands, strings.ReplaceAll(b.text, "/path/to/taskstore", repoRoot(t)))
			case "go":
				program = b.text
			}
		}
	}
	if len(commands) != 2 || !strings.HasPrefix(program, "package main") {
		t.Fatalf("the page has %d blocks of commands, and as its program %q", len(commands), program)
	}
	work := t.TempDir()
	offline := []string{"GOFLAGS=-buildvcs=false", "GOPROXY=off", "GONOSUMDB=*", "GOWORK=off"}
	runIn(t, work, commands[0], offline...)
	module := filepath.Join(work, "notebook")
	for name, text := range map[string]string{"main.go": program, "lamps.txt": "Three lamps\n"} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := runIn(t, module, commands[1], offline...)
	for _, want := range []string{"found: The lamps come from <mark>Göteborg</mark>, by <mark>ship</mark>\n", "note: The lamps come from Göteborg, by ship\n", "revision 3 and 2 before it\n", "backup of 1 note\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the program does not print %q:\n%s", want, out)
		}
	}
}

// runIn runs commands of the go command, with the caches of whoever runs the tests.
func runIn(t *testing.T, dir, script string, environ ...string) string {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", "set -ex\n"+script)
	shell.Dir = dir
	shell.Env = append(os.Environ(), environ...)
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	return string(out)
}
