package main

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var fencedBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// block is a piece of code of a Markdown text.
type block struct{ language, text string }

// blocksOf are the pieces of code of a Markdown text.
func blocksOf(t *testing.T, text string) (list []block) {
	t.Helper()
	for _, found := range fencedBlock.FindAllStringSubmatch(text, -1) {
		list = append(list, block{found[1], found[2]})
	}
	if n := strings.Count(text, "```"); n != 2*len(list) {
		t.Fatalf("%d blocks and %d fences", len(list), n)
	}
	return list
}

// repoRoot is the directory of the repository.
func repoRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

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

// tourPlace is a directory with the sample where the README says that it is, and one as a HOME that has it as the
// app's data directory.
func tourPlace(t *testing.T) (work string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	if _, err := exec.LookPath("storectl"); err != nil { // TestMain puts it there
		t.Fatal(err)
	}
	work = t.TempDir()
	sample := filepath.Join("importexport", "legacy", "testdata", "sample")
	for _, at := range []string{sample, filepath.Join(".local", "share", "com.taskerino.desktop")} {
		if err := os.CopyFS(filepath.Join(work, at), os.DirFS(filepath.Join(repoRoot(t), sample))); err != nil {
			t.Fatal(err)
		}
	}
	return work
}

// runScript runs commands as a person would type them, and gives what they print.
func runScript(t *testing.T, work, script string, environ ...string) string {
	t.Helper()
	return runIn(t, work, script, append([]string{"HOME=" + work, "STORECTL_STORE=", "XDG_DATA_HOME="}, environ...)...)
}

// TestTour runs every command of the README's tour, in their order. What they leave behind, git ignores.
func TestTour(t *testing.T) {
	root, work := repoRoot(t), tourPlace(t)
	blocks := blocksOf(t, sectionOf(t, filepath.Join(root, "README.md"), "Tour"))
	if len(blocks) < 5 {
		t.Fatalf("the tour has %d blocks", len(blocks))
	}
	script := ""
	for _, b := range blocks {
		if b.language != "sh" {
			t.Errorf("a block of the tour is %q and not sh: nothing runs it", b.language)
		}
		script += b.text
	}
	out := runScript(t, work, script)
	for _, want := range []string{"Ring", "milestone", "0 differ"} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour never shows %q:\n%s", want, out)
		}
	}
	left, err := os.ReadDir(work)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if name := e.Name(); name != "importexport" && name != ".local" && !ignored(t, root, name) {
			t.Errorf("the tour leaves %s behind, which .gitignore does not name", name)
		}
	}
}

// ignored says whether .gitignore names what stands in the root of the repository.
func ignored(t *testing.T, root, name string) bool {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range strings.Fields(string(list)) {
		if same, err := path.Match(strings.Trim(pattern, "/"), name); err == nil && same {
			return true
		}
	}
	return false
}
