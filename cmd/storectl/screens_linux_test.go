package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/term"

	"github.com/google/go-cmp/cmp"
)

var updateScreens = flag.Bool("update", false, "write the screens in testdata/screens anew")

// screens are the commands that list something, as a person sees them.
var screens = map[string][]string{
	"list-sessions":    {"list", "sessions"},
	"list-notes":       {"list", "notes"},
	"list-notes-page":  {"list", "notes", "--limit", "1", "--sort", "-date"},
	"list-notes-trash": {"list", "notes", "--trash"},
	"list-tasks":       {"list", "tasks"},
	"list-contacts":    {"list", "contacts"},
	"list-attachments": {"list", "attachments"},
	"list-settings":    {"list", "settings"},
	"search":           {"search", "lighthouse"},
	"tag-list":         {"tag", "list"},
	"history":          {"history", "notes", "note-call"},
	"link-list":        {"link", "list", "notes/note-call"},
	"blob-list":        {"blob", "list", "--sort", "largest"},
	"blob-files":       {"blob", "list", "--files"},
	"backup-list":      {"backup", "list"},
	"quarantine-list":  {"legacy", "quarantine", "list"},
	"schema":           {"schema"},
	"schema-table":     {"schema", "task_tags"},
	"query":            {"query", "SELECT id, title, created_at FROM tasks ORDER BY id"},
	"query-vertical":   {"query", "SELECT id, title FROM tasks ORDER BY id LIMIT 2", "-o", "vertical"},
	"status":           {"status"},
	"stats":            {"stats"},
	"stats-tables":     {"stats", "--tables"},
	"check":            {"check"},
}

// screenStore is a store of the sample, with a note that was changed, one in the trash, and a backup.
func screenStore(t *testing.T) string {
	dir, err := os.MkdirTemp("", "s*") // a short name: what is wrapped must not depend on the machine
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	note := func(id, content string) string {
		return `{"id":"` + id + `","content":"` + content + `","summary":"Ring the release desk about the lighthouse","topicId":"t1","timestamp":"2025-11-01T10:00:00.000Z",` +
			`"lastUpdated":"2025-11-01T10:00:00.000Z","source":"thought","tags":["release","lighthouse"]}`
	}
	sample := filepath.Join("..", "..", "importexport", "legacy", "testdata", "sample")
	for _, step := range []struct {
		stdin string
		args  []string
	}{
		{"", []string{"legacy", "import", sample}},
		{note("note-call", "Ring"), []string{"put", "notes"}},
		{note("note-call", "Ring twice"), []string{"put", "notes"}},
		{note("note-gone", "Nothing"), []string{"put", "notes"}},
		{"", []string{"link", "add", "notes/note-gone", "notes/note-call"}},
		{"", []string{"delete", "notes", "note-gone"}},
		{"", []string{"backup", "create"}},
	} {
		if r := storectl(t, nil, step.stdin, append([]string{"--store", dir}, step.args...)...); r.code != exitDone && r.code != exitFindings {
			t.Fatalf("%v: exit %d, %s", step.args, r.code, r.stderr)
		}
	}
	return dir
}

// What differs from run to run.
var (
	sizes   = regexp.MustCompile(`[0-9.]+ [KMG]?i?B\b`)
	backups = regexp.MustCompile(`20[0-9]{6}[T-]?[0-9]{6}[-.0-9a-zA-Z]*`)
	tooks   = regexp.MustCompile(`in [0-9.]+m?s`)
	cursors = regexp.MustCompile(`--after \S+`)
	digits  = regexp.MustCompile(`[0-9]`)
)

func steady(dir, shown string) string {
	shown = strings.ReplaceAll(shown, dir, "/store")
	shown = sizes.ReplaceAllStringFunc(shown, func(s string) string { return digits.ReplaceAllString(s, "#") })
	shown = backups.ReplaceAllStringFunc(shown, func(s string) string { return strings.Repeat("B", len(s)) })
	shown = cursors.ReplaceAllString(shown, "--after CURSOR")
	return tooks.ReplaceAllString(shown, "in TIME")
}

// TestScreens holds what people see of every listing command, at 80 and 200 columns, in colour and without. go test -update
// writes it anew; read the difference.
func TestScreens(t *testing.T) {
	zone := time.Local
	time.Local = time.UTC
	defer func() { time.Local = zone }()
	dir := screenStore(t)
	later := time.Now().Add(90 * time.Minute).UTC() // so that what was done just now is always an hour ago
	for name, args := range screens {
		var all strings.Builder
		for _, columns := range []uint16{80, 200} {
			for _, colour := range []string{"NO_COLOR=1", "COLOUR=1"} {
				tty, finish := terminal(t, columns)
				a := newApp(strings.NewReader(""), tty, tty, []string{"TERM=xterm", colour})
				a.Now = func() time.Time { return later }
				code := a.run(t.Context(), append([]string{"--store", dir, "--no-progress"}, args...))
				shown := steady(dir, finish())
				if code != exitDone && code != exitFindings {
					t.Errorf("%s: exit %d", name, code)
				}
				all.WriteString(fmt.Sprintf("== %d columns, %s\n", columns, colour))
				all.WriteString(strings.ReplaceAll(shown, "\x1b", "\\e"))
				if colour == "NO_COLOR=1" {
					wantWithin(t, name, shown, int(columns))
				}
			}
		}
		compareScreen(t, name, all.String())
	}
}

// wantWithin wants that nothing but a command to be copied and DDL is wider than the terminal.
func wantWithin(t *testing.T, name, shown string, columns int) {
	t.Helper()
	for _, line := range strings.Split(shown, "\n") {
		if n := term.TextWidth(line); n > columns && !strings.Contains(line, "storectl") && name != "schema-table" {
			t.Errorf("%s: a line of %d columns at %d: %s", name, n, columns, line)
		}
	}
}

func compareScreen(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "screens", name+".txt")
	if *updateScreens {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got\n%s", name, diff)
	}
}
