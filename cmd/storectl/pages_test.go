package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// languages are those of the blocks of the pages, and whether a test runs them: what is not run holds no command of
// ours but in the line of a crontab or a unit.
var languages = map[string]bool{"sh": true, "python": true, "go": true, "text": false, "crontab": false, "ini": false}

var allPages = flag.Bool("pages.all", false, "run the commands of every page, and not only of that about SQL tools")

// TestPages runs every command of every page, in their order, on a store of the sample. A block for a tool that is
// not installed is left out, which is said. Its short form runs the page about other programs, and leaves the rest to
// TestCommandsInPages, which only reads.
func TestPages(t *testing.T) {
	begin := tourPlace(t)
	runScript(t, begin, "storectl --store store legacy import importexport/legacy/testdata/sample")
	for _, p := range pages {
		if !*allPages && p.name != "sql" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			work := t.TempDir()
			if err := os.CopyFS(work, os.DirFS(begin)); err != nil {
				t.Fatal(err)
			}
			store := filepath.Join(work, "store")
			if err := os.Chmod(store, 0o700); err != nil {
				t.Fatal(err)
			}
			if script := pageScript(t, p, work); script != "" {
				runScript(t, work, script, "STORECTL_STORE="+store)
			}
		})
	}
}

// pageScript is what a page tells a person to type.
func pageScript(t *testing.T, p page, work string) (script string) {
	for _, b := range blocksOf(t, p.text) {
		if _, known := languages[b.language]; !known {
			t.Errorf("a block is %q, which nothing runs", b.language)
		}
		if tool := missingTool(b); tool != "" {
			t.Logf("no %s here: not run\n%s", tool, b.text)
			continue
		}
		switch b.language {
		case "sh":
			script += strings.NewReplacer("/media/disk", filepath.Join(work, "disk"), "/path/to/taskstore", repoRoot(t)).Replace(b.text)
		case "python":
			script += "python3 - <<'END'\n" + b.text + "END\n"
		}
	}
	if p.name == "go" {
		return "" // TestUsedByModule
	}
	return script
}

// missingTool is another program that a block needs and this machine lacks.
func missingTool(b block) string {
	tools := map[string]bool{}
	if b.language == "python" {
		tools["python3"] = true
	}
	for _, line := range strings.Split(b.text, "\n") {
		if first, _, _ := strings.Cut(line, " "); b.language == "sh" && first != "" {
			tools[first] = true
		}
	}
	for _, tool := range []string{"python3", "sqlite3", "datasette", "duckdb"} {
		if _, err := exec.LookPath(tool); tools[tool] && err != nil {
			return tool
		}
	}
	return ""
}

var (
	inlineCommand = regexp.MustCompile("`storectl ([a-z][^`]*)`") // and not "storectl COMMAND"
	typedCommand  = regexp.MustCompile(`(?m)(?:^|[|;&] )(?:bin/)?storectl (-?-?[a-z][^|<>#&\n]*)`)
)

// TestCommandsInPages: what the README and the pages name, within a sentence or in a block, is a command, with flags
// that it has.
func TestCommandsInPages(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repoRoot(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, p := range append([]page{{name: "README", text: string(readme)}}, pages...) {
		commands := inlineCommand.FindAllStringSubmatch(p.text, -1)
		for _, b := range blocksOf(t, p.text) {
			commands = append(commands, typedCommand.FindAllStringSubmatch(b.text, -1)...)
		}
		for _, c := range commands {
			wantCommand(t, p.name, strings.TrimPrefix(c[1], "help "))
		}
		named += len(commands)
	}
	if named < 100 {
		t.Errorf("only %d commands are named", named)
	}
}

// wantCommand wants that there is a command with the flags that a page gives it.
func wantCommand(t *testing.T, page, line string) {
	t.Helper()
	root := newApp(nil, &bytes.Buffer{}, &bytes.Buffer{}, nil).rootCommand()
	cmd, rest, err := root.Find(strings.Fields(line))
	if err != nil || cmd == root || cmd.HasSubCommands() && len(rest) > 0 && !strings.Contains(cmd.Use, " ") {
		t.Errorf("%s: there is no command storectl %s", page, line)
		return
	}
	for _, word := range rest {
		flag, isFlag := strings.CutPrefix(word, "--")
		if flag, _, _ = strings.Cut(flag, "="); isFlag && !hasFlag(cmd, flag) {
			t.Errorf("%s: storectl %s: there is no flag %s", page, line, word)
		}
	}
}

func hasFlag(cmd *cobra.Command, name string) bool {
	return cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
}

// TestPagesStandWhereTheySay: the file of each page is the page, every link of it leads to a file, and README links it.
func TestPagesStandWhereTheySay(t *testing.T) {
	root := repoRoot(t)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, p := range append([]page{{"README", "README.md", string(readme)}}, pages...) {
		text, err := os.ReadFile(filepath.Join(root, p.file))
		if err != nil || string(text) != p.text {
			t.Errorf("%s is not the page %s: %v", p.file, p.name, err)
		}
		for _, found := range link.FindAllStringSubmatch(p.text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(p.file), found[1])); err != nil {
				t.Errorf("%s: %v", p.file, err)
			}
		}
		if p.name != "README" && !strings.Contains(string(readme), "]("+p.file+")") {
			t.Errorf("the README does not link %s", p.file)
		}
	}
}
