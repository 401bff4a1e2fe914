package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// targetScreens are the commands about targets, in the order in which they are run.
var targetScreens = []struct {
	name string
	args []string
}{
	{"target-init", []string{"backup", "target", "init", "dir:DIR/new-N"}},
	{"target-init-plain", []string{"backup", "target", "init", "dir:DIR/plain-N", "--plain"}},
	{"target-list", []string{"backup", "target", "list"}},
	{"target-backup-list", []string{"backup", "list", "--to", "dir:DIR/sealed"}},
	{"target-backup-show", []string{"backup", "show", "latest", "--to", "dir:DIR/sealed"}},
	{"target-backup-verify", []string{"backup", "verify", "--all", "--anew", "--to", "dir:DIR/sealed"}},
	{"target-backup-forget", []string{"backup", "forget", "--keep-last", "1", "--dry-run", "--to", "dir:DIR/sealed"}},
	{"target-contents", []string{"backup", "run", "--contents-only", "--to", "dir:DIR/contents"}},
	{"target-status", []string{"status"}},
}

// What is drawn by chance.
var drawn = regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]+|age1[0-9a-z]{58}|\b[A-Z2-7]{26}\b`)

// widthDir makes a directory whose name is always as long: tables are laid out by it.
func widthDir(t *testing.T) string {
	t.Helper()
	const width = 20
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("s%08d", rand.N(100_000_000)))
	if len(dir) > width {
		t.Skipf("skipped: %s is too long a name for temporary files", os.TempDir())
	}
	dir += strings.Repeat("s", width-len(dir))
	fatal(t, os.Mkdir(dir, 0o700))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestTargetScreens holds what people see of targets, as TestScreens does of the rest.
func TestTargetScreens(t *testing.T) {
	zone := time.Local
	time.Local = time.UTC
	defer func() { time.Local = zone }()
	store, dir := screenStore(t), widthDir(t)
	for _, target := range []string{"sealed", "contents"} {
		ask(t, store, "backup", "target", "init", "dir:"+filepath.Join(dir, target))
	}
	ask(t, store, "backup", "create", "--pin", "--to", "dir:"+filepath.Join(dir, "sealed"))
	later := time.Now().Add(20 * time.Minute).UTC() // less than after what others would be believed to have ended
	n := 0
	for _, screen := range targetScreens {
		var all strings.Builder
		for _, columns := range []uint16{80, 200} {
			for _, colour := range []string{"NO_COLOR=1", "COLOUR=1"} {
				n++
				at := store
				if strings.HasPrefix(screen.name, "target-init") {
					at = filepath.Join(dir, "no-store") // which remembers none
				}
				args := []string{"--store", at, "--no-progress"}
				for _, arg := range screen.args {
					args = append(args, strings.NewReplacer("DIR", dir, "-N", fmt.Sprintf("-%02d", n)).Replace(arg))
				}
				tty, finish := terminal(t, columns)
				a := newApp(strings.NewReader(""), tty, tty, []string{"TERM=xterm", colour})
				a.Now = func() time.Time { return later }
				if code := a.run(t.Context(), args); code != exitDone && code != exitFindings {
					t.Errorf("%s: exit %d", screen.name, code)
				}
				shown := strings.ReplaceAll(steady(store, finish()), fmt.Sprintf("-%02d", n), "-NN")
				shown = strings.ReplaceAll(shown, dir, "/disk")
				shown = drawn.ReplaceAllStringFunc(shown, func(s string) string { return strings.Repeat("K", len(s)) })
				fmt.Fprintf(&all, "== %d columns, %s\n%s", columns, colour, strings.ReplaceAll(shown, "\x1b", "\\e"))
				if colour == "NO_COLOR=1" {
					wantWithin(t, screen.name, strings.ReplaceAll(shown, "KKKK", ""), int(columns)) // a key is copied as one word
				}
			}
		}
		compareScreen(t, screen.name, all.String())
	}
}
