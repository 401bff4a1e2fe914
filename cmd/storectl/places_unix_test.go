//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

// oddNames are names that a file may have.
var oddNames = map[string]string{
	"characters of a URI": "a?mode=memory&cache=shared#x%41%zz;y=1",
	"line feeds":          "two\nlines\r\tand \x1b[31mmore",
	"of a pattern":        "a[b*c?d]{e,f}",
	"of a shell":          `it's "$HOME" \ *` + "`x`",
	"like a flag":         "--store",
	"long":                strings.Repeat("n", 250),
	"long, not ASCII":     strings.Repeat("é", 125),
	"no UTF-8":            "caf\xe9 \xff",
}

// TestPlaceNames: every command works in a directory, and on files, of any name that the system allows.
func TestPlaceNames(t *testing.T) {
	for what, name := range oddNames {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			dir := filepath.Join(root, name[:min(len(name), 20)]) // SQLite takes 504 bytes in all
			store, file := filepath.Join(dir, name), filepath.Join(dir, "f"+name[1:])
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Skip(err) // a file system that does not take every name
			}
			fatal(t, os.WriteFile(file, []byte("content"), 0o600))
			ask(t, store, "init")
			if got := storectl(t, nil, `{"id":"n","content":"words"}`, "--store", store, "put", "notes", "-"); got.code != 0 {
				t.Fatal(got.stderr)
			}
			if got := storectl(t, nil, "", "--store", store, "blob", "add", file); got.code != 0 && (utf8.ValidString(file) || got.code != exitMisused) {
				t.Errorf("blob add: exit %d: %s", got.code, got.stderr)
			}
			commands := [][]string{{"list", "notes"}, {"query", "--write", "UPDATE notes SET summary = 'x'"}, {"backup", "create", "--to", file + "2"}, {"export", "-f", file + "3"}, {"check"}}
			if *allNames || what == oddest {
				commands = inPlace(file)
			}
			for _, args := range commands {
				if got := storectl(t, nil, "", append([]string{"--store", store}, withinLimit(args)...)...); got.code != 0 {
					t.Errorf("%.60q: exit %d: %.400s", args, got.code, got.stderr)
				}
			}
			entries, err := os.ReadDir(root)
			if err != nil || len(entries) != 1 {
				t.Errorf("beside the directory: %v, %v", entries, err)
			}
			if _, err := os.Stat(filepath.Join(store, databaseName)); err != nil {
				t.Error(err)
			}
		})
	}
}

// withinLimit makes names that would be longer than the system allows as long as they may be.
func withinLimit(args []string) (out []string) {
	for _, arg := range args {
		dir, base := filepath.Split(arg)
		if len(base) > 250 {
			base = base[len(base)-250:]
			arg = dir + strings.ToValidUTF8(base, "")
		}
		out = append(out, arg)
	}
	return out
}

// TestPlaceTooLong: a path that is longer than SQLite takes is refused clearly, and nothing is left of the try.
func TestPlaceTooLong(t *testing.T) {
	dir := t.TempDir()
	for len(dir) < 700 {
		dir = filepath.Join(dir, strings.Repeat("d", 100))
	}
	got := storectl(t, nil, "", "--store", dir, "init")
	if got.code != exitMisused || !strings.Contains(got.stderr, "too long") {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	whole := emptyStore(t)
	ask(t, whole, "backup", "create")
	for _, args := range [][]string{{"backup", "create", "--to", dir}, {"backup", "restore", "latest", "--to", dir}} {
		if got := storectl(t, nil, "", append([]string{"--store", whole}, args...)...); got.code != exitMisused || !strings.Contains(got.stderr, "too long") {
			t.Errorf("%.30q: exit %d: %s", args, got.code, got.stderr)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
	fatal(t, os.MkdirAll(dir, 0o700))
	got = storectl(t, nil, "", "--store", dir, "list", "notes")
	if got.code != exitNoStore && got.code != exitMisused {
		t.Errorf("list: exit %d: %s", got.code, got.stderr)
	}
}

// onlyReading are commands that need not write, and what each may end with where nothing can be written.
func onlyReading(elsewhere string) [][]string {
	return [][]string{
		{"list", "notes"}, {"get", "notes", "kept"}, {"search", "words"}, {"query", "SELECT count(*) FROM notes"}, {"status"}, {"stats"}, {"history", "notes", "kept"},
		{"backup", "list"}, {"backup", "verify", "latest"}, {"backup", "drill", "latest"}, {"blob", "verify"}, {"blob", "list"}, {"migrate", "status"}, {"schema"}, {"check"},
		{"export", "-f", filepath.Join(elsewhere, "out.zip")}, {"backup", "create", "--to", filepath.Join(elsewhere, "backups")},
		{"backup", "restore", "latest", "--to", filepath.Join(elsewhere, "restored")}, {"import", "--dry-run", "--on-conflict", "skip", filepath.Join(elsewhere, "out.zip")},
	}
}

// changing are commands that cannot do without writing.
func changing(file string) [][]string {
	return [][]string{
		{"put", "notes", file}, {"delete", "notes", "kept"}, {"blob", "add", file}, {"blob", "gc"}, {"backup", "create"}, {"optimize"}, {"vacuum", "--yes"}, {"repair", "--yes"},
		{"query", "--write", "DELETE FROM notes"}, {"tag", "rename", "alpha", "gamma"}, {"purge", "--yes", "notes", "gone"}, {"backup", "restore", "latest", "--yes"}, {"init"},
	}
}

// TestPlaceReadOnly: in a directory that its user may only read, on a medium that is read-only, what reads works, what
// writes says why not, and not a byte changes.
func TestPlaceReadOnly(t *testing.T) {
	from := template(t)
	for name, way := range map[string]func(t *testing.T, p ground) func(args ...string) *exec.Cmd{"mode": modeReadOnly, "medium": mediumReadOnly} {
		t.Run(name, func(t *testing.T) {
			top, err := os.MkdirTemp("", "places-*")
			fatal(t, err)
			t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+rwX", top).Run(); os.RemoveAll(top) })
			p := ground{filepath.Join(top, "store"), filepath.Join(top, "dir")}
			out, err := exec.Command("cp", "-a", from.store, p.store).CombinedOutput()
			if err == nil {
				out, err = exec.Command("cp", "-a", from.dir, p.dir).CombinedOutput()
			}
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			command := way(t, p)
			before := contentsOf(t, p.store)
			for _, args := range onlyReading(p.dir) {
				if got := endedOf(command(args...)); got.code != 0 {
					t.Errorf("%v: exit %d: %s%s", args, got.code, got.stdout, got.stderr)
				}
			}
			for _, args := range changing(filepath.Join(p.dir, "note.json")) {
				got := endedOf(command(append(args, "--json")...))
				var body struct {
					Error struct{ Kind, Hint string }
				}
				if err := json.Unmarshal([]byte(got.stderr), &body); got.code != exitFailed || err != nil || body.Error.Hint == "" || body.Error.Kind != "read_only" && body.Error.Kind != "permission" {
					if args[0] == "init" && got.code == 0 {
						continue // it is there
					}
					t.Errorf("%v: exit %d: %s", args, got.code, got.stderr)
				}
			}
			if after := contentsOf(t, p.store); after != before {
				t.Errorf("-before +after\n%s\n%s", before, after)
			}
		})
	}
}

// contentsOf is what stands in a directory, by names.
func contentsOf(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `cd "$1" && find . -type f ! -name '*.lock' ! -name .lock -exec sha256sum {} + | sort -k 2`, "sh", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// endedOf runs a command to its end.
func endedOf(cmd *exec.Cmd) result {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return result{failed.ExitCode(), stdout.String(), stderr.String()}
	case err != nil:
		return result{-1, "", err.Error()}
	}
	return result{0, stdout.String(), stderr.String()}
}

// modeReadOnly takes the right to write away. The superuser keeps it: then somebody else runs the program.
func modeReadOnly(t *testing.T, p ground) func(args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("storectl")
	fatal(t, err)
	var as *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		const nobody = 65534
		top := filepath.Dir(p.store)
		from, err := os.ReadFile(program)
		program = filepath.Join(top, "program")
		fatal(t, err, os.WriteFile(program, from, 0o755), exec.Command("chown", "-R", fmt.Sprintf("%d:%[1]d", nobody), top).Run())
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	fatal(t, exec.Command("chmod", "-R", "a-w", p.store).Run())
	return func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, append([]string{"--store", p.store}, args...)...)
		cmd.SysProcAttr, cmd.Dir, cmd.Env = as, p.dir, []string{"HOME=" + p.dir, "TMPDIR=" + p.dir, "PATH=" + os.Getenv("PATH")}
		return cmd
	}
}

// mediumReadOnly mounts the store read-only, for the program alone.
func mediumReadOnly(t *testing.T, p ground) func(args ...string) *exec.Cmd {
	t.Helper()
	const mount = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`
	run := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"-rm", "sh", "-c", mount, "sh", p.store}, args...)...)
		cmd.Env = append(os.Environ(), "TMPDIR="+p.dir)
		return cmd
	}
	if out, err := run("true").CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %v, %s", err, out)
	}
	return func(args ...string) *exec.Cmd {
		return run(append([]string{"storectl", "--store", p.store}, args...)...)
	}
}

// TestShellMoved: what is typed into a shell whose store was moved meanwhile is not told to be changed, and the log of
// the store in its place stays.
func TestShellMoved(t *testing.T) {
	from := template(t)
	root := t.TempDir()
	dir, away := filepath.Join(root, "store"), filepath.Join(root, "away")
	if out, err := exec.Command("cp", "-a", from.store, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command("storectl", "--store", dir, "shell", "--write")
	in, err := cmd.StdinPipe()
	fatal(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	fatal(t, err, cmd.Start())
	_, err = io.WriteString(in, "UPDATE notes SET summary = 'before'; SELECT 1;\n")
	fatal(t, err)
	_, err = out.Read(make([]byte, 100))
	fatal(t, err)
	fatal(t, os.Rename(dir, away))
	_, err = io.WriteString(in, "UPDATE notes SET summary = 'after';\n")
	fatal(t, err, in.Close())
	err = cmd.Wait()
	if err == nil || !strings.Contains(stderr.String(), "moved") {
		t.Errorf("%v: %s", err, &stderr)
	}
	var found []struct{ Summary string }
	fatal(t, json.Unmarshal(ask(t, away, "query", "--json", "SELECT DISTINCT summary FROM notes"), &found))
	if len(found) != 1 || found[0].Summary != "before" {
		t.Errorf("%+v", found)
	}
	checked(t, away, 0)
}

// TestQuota: a quota that is used up, which SQLite does not know, is told like a full disk, and nothing is half done.
func TestQuota(t *testing.T) {
	from := template(t)
	strace := []string{"-qq", "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-P", filepath.Join(from.store, databaseName) + "-wal", "-e", "inject=pwrite64:error=EDQUOT"}
	if err := exec.Command("strace", append(strace[:6:6], "true")...).Run(); err != nil {
		t.Skipf("skipped: no strace here: %v", err)
	}
	before := seen(t, from.store)
	note := filepath.Join(from.dir, "note.json")
	got := endedOf(exec.Command("strace", append(strace, "storectl", "--store", from.store, "--json", "put", "notes", note)...))
	if got.code != exitFailed || !strings.Contains(got.stderr, `"kind":"disk_full"`) {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	if !seen(t, from.store).is(before) {
		t.Error("something was changed")
	}
	ask(t, from.store, "put", "notes", note)
	checked(t, from.store, 0)
}
