package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport/ledger"
	"taskstore/repo"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens both ends of a pseudo-terminal.
func pseudoTerminal(t *testing.T) (master, tty *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	return master, tty
}

// terminal is a pseudo-terminal of a width. finish closes it and returns what was written to it.
func terminal(t *testing.T, columns uint16) (tty *os.File, finish func() string) {
	t.Helper()
	master, tty := pseudoTerminal(t)
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		all, _ := io.ReadAll(master) // ends with EIO when the last descriptor of the other end is closed
		shown <- string(all)
	}()
	return tty, func() string {
		tty.Close()
		text := <-shown
		master.Close()
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
}

func onTerminal(t *testing.T, columns uint16, environ []string, args ...string) string {
	t.Helper()
	tty, finish := terminal(t, columns)
	run(t.Context(), args, strings.NewReader(""), tty, tty, environ)
	return finish()
}

func TestTerminal(t *testing.T) {
	dir := t.TempDir()
	if err := scratchStore(dir, `CREATE TABLE notes (id TEXT, title TEXT, n INTEGER) STRICT;
		INSERT INTO notes VALUES ('n1', '日本語のとても長いタイトル that does not fit into the terminal', 42)`); err != nil {
		t.Fatal(err)
	}
	args := []string{"--store", dir, "query", "SELECT id, title, n FROM notes"}
	want := "ID  TITLE                              N\nn1  日本語のとても長いタイトル that…  42\n" +
		"values are cut to fit the terminal; --no-trunc or -o vertical shows them whole\n"
	if got := onTerminal(t, 40, []string{"TERM=xterm", "NO_COLOR=1"}, args...); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := onTerminal(t, 40, []string{"TERM=xterm", "NO_COLOR=1"}, append(args, "--no-trunc")...); !strings.Contains(got, "does not fit into the terminal  42\n") {
		t.Errorf("whole: %q", got)
	}
	got := onTerminal(t, 40, []string{"TERM=xterm"}, args...)
	if !strings.Contains(got, "\x1b[1mTITLE\x1b[0m") || strings.Contains(got, "into the terminal") {
		t.Errorf("in colour: %q", got)
	}
	for _, plain := range [][]string{{"--no-color"}, {"--json"}, {"-o", "csv"}} {
		if got := onTerminal(t, 40, []string{"TERM=xterm"}, append(plain, args...)...); strings.Contains(got, "\x1b") {
			t.Errorf("%v: %q", plain, got)
		}
	}
	if got := onTerminal(t, 40, []string{"TERM=dumb"}, args...); strings.Contains(got, "\x1b") {
		t.Errorf("dumb terminal: %q", got)
	}
	if got := onTerminal(t, 80, []string{"TERM=xterm"}, "--store", dir, "query", "SELECT x"); !strings.Contains(got, "\x1b[1;31mstorectl:\x1b[0m query: no such column") {
		t.Errorf("error: %q", got)
	}
}

// A bar shows done, total, rate and time left, and takes itself away. What is soon done shows none.
func TestProgressOnTerminal(t *testing.T) {
	for _, test := range []struct {
		opt  term.Options
		want bool
	}{{term.Options{}, true}, {term.Options{NoProgress: true}, false}, {term.Options{Quiet: true}, false}} {
		tty, finish := terminal(t, 80)
		a := newApp(nil, nil, tty, nil)
		a.Options = test.opt
		bar := a.NewProgress("check", 10, false)
		bar.Set(4, 10)
		time.Sleep(350 * time.Millisecond) // longer than a bar waits before it comes
		bar.Set(5, 10)
		bar.Finish()
		got := finish()
		if shown := strings.Contains(got, "check") && strings.Contains(got, "(5/10"); shown != test.want || strings.Contains(got, "(4/10") {
			t.Errorf("%+v: %q", test.opt, got)
		}
	}
}

func TestConfirmOnTerminal(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "yesterday\n": false} {
		master, tty := pseudoTerminal(t)
		if _, err := master.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		var talk strings.Builder
		a := newApp(tty, nil, &talk, nil)
		err := a.sure(t.Context(), false, "purge 3 notes")
		if (err == nil) != want || !strings.HasPrefix(talk.String(), "purge 3 notes? ") {
			t.Errorf("%q: %v, asked %q", answer, err, talk.String())
		}
		tty.Close()
		master.Close()
	}
}

// TestExportOnTerminal: what a terminal would obey does not get to it with an export, in
// whatever form, by stdout or by its name; a pipe gets the bytes.
func TestExportOnTerminal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "st")
	note := `{"id":"n1","content":"a\u001b]0;title\u0007 b\u009b31m \u202eevil","summary":"s","timestamp":"2026-11-01T10:00:00.000Z","lastUpdated":"2026-11-01T10:00:00.000Z"}`
	if r := storectl(t, nil, note, "--store", dir, "put", "note"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	export := []string{"--store", dir, "export", "--kinds", "notes", "--format"}
	for _, form := range []string{"markdown", "csv", "json", "ndjson"} {
		wantHarmless(t, form, onTerminal(t, 80, []string{"TERM=xterm"}, append(export, form)...))
		tty, finish := terminal(t, 80)
		r := storectl(t, nil, "", append(export, form, "-f", tty.Name())...)
		if r.code != 0 {
			t.Errorf("%s: %s", form, r.stderr)
		}
		wantHarmless(t, form+" by its name", finish())
	}
	if piped := storectl(t, nil, "", append(export, "markdown")...); !strings.Contains(piped.stdout, "a\x1b]0;title\x07 b\u009b31m \u202eevil") {
		t.Errorf("piped: %q", piped.stdout)
	}
}

func wantHarmless(t *testing.T, form, shown string) {
	t.Helper()
	if strings.ContainsAny(shown, "\x1b\x07\u009b\u202e") || !strings.Contains(shown, `\u001b]0;title`) {
		t.Errorf("%s: %q", form, shown)
	}
}

// TestBytesOnTerminal: contents and what is in quarantine are shown on a terminal with what it would obey escaped, and not
// at all where they are no text; --raw and a pipe give the bytes.
func TestBytesOnTerminal(t *testing.T) {
	dir, file, none := filepath.Join(t.TempDir(), "st"), filepath.Join(t.TempDir(), "text"), filepath.Join(t.TempDir(), "none")
	const text = "a\x1b]0;title\x07 b\u009b31m \u202eevil\n"
	for name, data := range map[string]string{file: text, none: "\x89PNG\x00\x1b[2J"} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := storectl(t, nil, "", "--store", dir, "init"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	sum := func(name string) string {
		r := storectl(t, nil, "", "--store", dir, "blob", "add", name, "-o", "csv")
		return strings.Split(strings.Split(r.stdout, "\n")[1], ",")[sumColumn(r.stdout)]
	}
	cat := []string{"--store", dir, "blob", "cat"}
	for _, args := range [][]string{{sum(file)}, {sum(file), "--range", "0-"}} {
		wantHarmless(t, "content", onTerminal(t, 80, []string{"TERM=xterm"}, append(cat, args...)...))
		if got := onTerminal(t, 80, []string{"TERM=xterm"}, append(cat, append(args, "--raw")...)...); got != text {
			t.Errorf("raw: %q", got)
		}
		if piped := storectl(t, nil, "", append(cat, args...)...); piped.stdout != text {
			t.Errorf("piped: %q", piped.stdout)
		}
	}
	if got := onTerminal(t, 80, []string{"TERM=xterm"}, append(cat, sum(none))...); strings.Contains(got, "PNG") || !strings.Contains(got, "--raw") {
		t.Errorf("no text: %q", got)
	}
	wantHarmless(t, "quarantine", quarantineOnTerminal(t, text))
}

// sumColumn is which column of a table has the hash of a content.
func sumColumn(table string) int {
	heads, _, _ := strings.Cut(table, "\n")
	return slices.Index(strings.Split(heads, ","), "sha256")
}

// quarantineOnTerminal shows a file that an import could not read.
func quarantineOnTerminal(t *testing.T, text string) string {
	dir := t.TempDir()
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := ledger.Of(s).Begin(t.Context(), "/old", "hash")
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Contents.Put(t.Context(), strings.NewReader(text), "")
	if err == nil {
		err = ledger.Of(s).AddQuarantined(t.Context(), ledger.Quarantined{Run: run.PK, File: "notes.json", Code: "syntax", Reason: "r", Blob: info.SHA256})
	}
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return onTerminal(t, 80, []string{"TERM=xterm"}, "--store", dir, "legacy", "quarantine", "show", "1")
}
