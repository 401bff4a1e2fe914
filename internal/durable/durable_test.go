package durable

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func fatal(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// holds checks the content of a file, and its mode where there are modes.
func holds(t *testing.T, name, want string, mode fs.FileMode) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil || string(text) != want {
		t.Errorf("%s holds %q, %v; want %q", name, text, err, want)
	}
	hasMode(t, name, mode)
}

func hasMode(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
		t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, mode)
	}
}

// alone checks which names a directory has.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	fatal(t, err)
	var is []string
	for _, e := range entries {
		is = append(is, e.Name())
	}
	if strings.Join(is, " ") != strings.Join(names, " ") {
		t.Errorf("in %s are %q, want %q", dir, is, names)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

var errStop = errors.New("stop")

// half writes something and fails.
func half(w io.Writer) error { return errors.Join(text("half")(w), errStop) }

func TestMakeDir(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b", "c")
	fatal(t, MakeDir(deep), MakeDir(deep))
	hasMode(t, deep, 0o700)
	hasMode(t, filepath.Join(root, "a"), 0o700)
	file := filepath.Join(root, "file")
	fatal(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{file, filepath.Join(file, "x")} {
		if err := MakeDir(dir); err == nil {
			t.Errorf("made %s", dir)
		}
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	err := Create(name, func(f *os.File) error {
		hasMode(t, name, 0o600)
		return text("one")(f)
	})
	fatal(t, err)
	holds(t, name, "one", 0o600)
	if err := Create(name, func(f *os.File) error { return text("two")(f) }); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	holds(t, name, "one", 0o600)
	if err := Create(name+"2", func(f *os.File) error { return half(f) }); !errors.Is(err, errStop) {
		t.Errorf("failed: %v", err)
	}
	alone(t, dir, "f")
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	fatal(t, WriteFile(name, text("one")))
	holds(t, name, "one", 0o600)
	err := WriteFile(name, func(w io.Writer) error {
		holds(t, name, "one", 0o600)
		return text("two")(w)
	})
	fatal(t, err)
	holds(t, name, "two", 0o600)
	if err := WriteFile(name, half); !errors.Is(err, errStop) {
		t.Errorf("failed: %v", err)
	}
	holds(t, name, "two", 0o600)
	alone(t, dir, "f")
}

func TestCopyFile(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	fatal(t, os.WriteFile(from, []byte("text"), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := CopyFile(ctx, from, to); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	alone(t, dir, "from")
	fatal(t, CopyFile(t.Context(), from, to))
	holds(t, to, "text", 0o600)
}

func TestPublish(t *testing.T) {
	for name, publish := range publishers {
		dir := t.TempDir()
		a, b, to := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "to")
		fatal(t, os.WriteFile(a, []byte("a"), 0o600), os.WriteFile(b, []byte("b"), 0o600))
		fatal(t, publish(a, to))
		if err := publish(b, to); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s over another: %v", name, err)
		}
		holds(t, to, "a", 0o600)
		alone(t, dir, "b", "to")
		fatal(t, Replace(b, to))
		holds(t, to, "b", 0o600)
		alone(t, dir, "to")
	}
}

// TestFlushReadOnly: what another made can be flushed without the right to write it.
func TestFlushReadOnly(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	fatal(t, os.WriteFile(name, []byte("text"), 0o400))
	f, err := os.Open(name)
	fatal(t, err)
	fatal(t, Flush(f), f.Close())
	if err := Flush(f); err == nil {
		t.Error("flushed a closed file")
	}
}

// TestSyncDirUnable: a file system that cannot flush a directory is taken as it is.
func TestSyncDirUnable(t *testing.T) {
	if err := SyncDir(filepath.Join(t.TempDir(), "gone")); runtime.GOOS != "windows" && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	const unable = "/proc/self" // fsync says EINVAL there, as on FAT
	f, err := os.Open(unable)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	if f.Sync() == nil {
		t.Skip(unable + " can be flushed here")
	}
	if err := SyncDir(unable); err != nil {
		t.Error(err)
	}
}

// publishers are the ways in which a system gives a free name.
var publishers = map[string]func(from, to string) error{"rename": Publish}

// TestPrivate: a directory goes last, so that it is done when it is; links lead nowhere.
func TestPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes")
	}
	root := t.TempDir()
	outside, dir := filepath.Join(root, "outside"), filepath.Join(root, "dir")
	sub, file := filepath.Join(dir, "sub"), filepath.Join(dir, "sub", "file")
	fatal(t, os.MkdirAll(sub, 0o755), os.WriteFile(file, nil, 0o444), os.WriteFile(outside, nil, 0o644),
		os.Symlink(outside, filepath.Join(dir, "link")), os.Symlink(dir, filepath.Join(root, "there")))
	if n, err := Private(filepath.Join(root, "there")); n != 3 || err != nil {
		t.Errorf("changed %d, %v", n, err)
	}
	hasMode(t, dir, 0o700)
	hasMode(t, sub, 0o700)
	hasMode(t, file, 0o400)
	hasMode(t, outside, 0o644)
	if n, err := Private(dir); n != 0 || err != nil {
		t.Errorf("again: changed %d, %v", n, err)
	}
	fatal(t, os.Chmod(file, 0o644), os.Chmod(dir, 0o755))
	if n, err := Private(file); n != 1 || err != nil {
		t.Errorf("a file: changed %d, %v", n, err)
	}
	if _, err := Private(file + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
}
