//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// measured runs the program as a process of its own, and gives the most memory that it had, in bytes.
// Linux counts to a process what the one had that started it, and this one has had a lot: a small one starts it.
func measured(t *testing.T, stdin io.Reader, args ...string) (got result, memory int64) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "memory")
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=^TestMeasured$", "--"}, args...)...)
	cmd.Env = append(os.Environ(), measuredIn+"="+file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err, stderr.String())
	}
	if _, err := fmt.Sscan(string(text), &memory); err != nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, memory
}

// TestMeasured is the small process that starts the program for measured.
func TestMeasured(t *testing.T) {
	file := os.Getenv(measuredIn)
	if file == "" {
		t.Skip("skipped: it is a program for TestSizes")
	}
	cmd := exec.Command("storectl", flag.Args()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the system does not tell the memory of a process")
	}
	if err := os.WriteFile(file, fmt.Append(nil, usage.Maxrss<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// TestSizes: what is too large or too deep is refused with the limit, what is not works, and all of it in memory
// that the limits bound.
func TestSizes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: other systems count the memory of a process in other units")
	}
	dir := emptyStore(t)
	store := func(args ...string) []string { return append([]string{"--store", dir}, args...) }
	note := func(id, member string, n int, piece string) io.Reader {
		pieces := make([]io.Reader, 0, n+2)
		pieces = append(pieces, strings.NewReader(fmt.Sprintf(`{"_kind":"note","id":%q,"content":"needle","%s":`, id, member)))
		for range n {
			pieces = append(pieces, strings.NewReader(piece))
		}
		return io.MultiReader(pieces...)
	}
	megabyte := strings.Repeat("word sized ", 1<<20/11)
	text := func(id string, n int) io.Reader {
		return io.MultiReader(note(id, "sourceText", 0, ""), strings.NewReader(`"`), io.MultiReader(repeats(n, megabyte)...), strings.NewReader(`"}`))
	}
	deep := func(id string, n int) io.Reader {
		return io.MultiReader(note(id, "metadata", n, `{"a":`), strings.NewReader("1"+strings.Repeat("}", n)+"}"))
	}
	file := func(r io.Reader) string {
		name := filepath.Join(t.TempDir(), "given.ndjson")
		f, err := os.Create(name)
		if err == nil {
			_, err = io.Copy(f, r)
		}
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, test := range []struct {
		name string
		in   io.Reader
		args []string
		code int
		want string
		most int64 // MB
	}{
		{"15 MB", text("long", 15), store("put", "note", "-q"), exitDone, "", 400},
		{"it is found", nil, store("search", "needle"), exitDone, "needle", 150},
		{"17 MB", text("longer", 17), store("put", "note"), exitMisused, "at most", 400},
		{"130 MB", text("longest", 130), store("put", "note"), exitMisused, "more than 128 MB of JSON", 600},
		{"130 MB in a list", io.MultiReader(strings.NewReader("["), text("longest", 130)), store("put", "note"), exitMisused, "more than 128 MB of JSON", 600},
		{"import of 130 MB", nil, store("import", file(text("longest", 130))), exitMisused, "MB of text in one record", 60},
		{"1,002 levels", deep("d", 1002), store("put", "note"), exitMisused, "is nested more than 1000 levels deep", 150},
		{"100,000 levels", deep("d", 100_000), store("put", "note"), exitMisused, "max depth", 60},
		{"import of 100,000 levels", nil, store("import", file(deep("d", 100_000))), exitMisused, "at most 10,000 levels", 200},
		{"import of 9,000 levels", nil, store("import", file(deep("deep", 9000))), exitDone, "", 200},
		{"they are printed", nil, store("get", "note", "deep"), exitDone, `"a": 1`, 150},
		{"they are printed as JSON", nil, store("history", "note", "deep", "--json"), exitDone, "{", 150},
		{"a value of SQL", nil, store("query", "SELECT printf('%.*c', 999999999, 'x')"), exitMisused, "too big", 150},
		{"a value of SQL that is not too long", nil, store("query", "SELECT length(printf('%.*c', 60000000, 'x')) AS n"), exitDone, "60000000", 300},
		{"an id", strings.NewReader(fmt.Sprintf(`{"id":%q}`, strings.Repeat("i", 1001))), store("put", "note"), exitMisused, "an id has 1000 at most", 150},
		{"nothing is damaged", nil, store("check"), exitDone, "", 300},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.in == nil {
				test.in = strings.NewReader("")
			}
			got, memory := measured(t, test.in, test.args...)
			t.Logf("%d MB", memory>>20)
			if got.code != test.code || !strings.Contains(got.stdout+got.stderr, test.want) {
				t.Errorf("exit %d, %.300q, %.300q", got.code, got.stdout, got.stderr)
			}
			if memory > test.most<<20 {
				t.Errorf("it took %d MB, and %d are the most", memory>>20, test.most)
			}
		})
	}
}

func repeats(n int, text string) []io.Reader {
	list := make([]io.Reader, n)
	for i := range list {
		list[i] = strings.NewReader(text)
	}
	return list
}
