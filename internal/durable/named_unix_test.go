//go:build unix

package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWriteNamedPipe: what is no file is written into, and stays.
func TestWriteNamedPipe(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	fatal(t, unix.Mkfifo(pipe, 0o600), os.Symlink("pipe", link))
	for _, name := range []string{pipe, link} {
		read := make(chan string)
		go func() {
			text, err := os.ReadFile(pipe)
			if err != nil {
				t.Error(err)
			}
			read <- string(text)
		}()
		fatal(t, WriteNamed(name, text("through")))
		if got := <-read; got != "through" {
			t.Errorf("%s: read %q", name, got)
		}
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}
	alone(t, dir, "link", "pipe")
}

// TestWriteNamedLink: links are followed, through directories that are links, too.
func TestWriteNamedLink(t *testing.T) {
	dir := t.TempDir()
	far := filepath.Join(dir, "far", "deep")
	fatal(t, os.MkdirAll(far, 0o700), os.Symlink("far/deep", filepath.Join(dir, "near")),
		os.Symlink("../file", filepath.Join(far, "up")), os.Symlink("near/up", filepath.Join(dir, "link")))
	for _, want := range []string{"one", "two"} { // nothing there, and a file
		fatal(t, WriteNamed(filepath.Join(dir, "link"), func(w io.Writer) error {
			alone(t, dir, "far", "link", "near") // it is written where it will be
			return text(want)(w)
		}))
		holds(t, filepath.Join(dir, "far", "file"), want, 0o600)
	}
	if err := WriteNamed(filepath.Join(dir, "link"), half); !errors.Is(err, errStop) {
		t.Errorf("failed: %v", err)
	}
	holds(t, filepath.Join(dir, "far", "file"), "two", 0o600)
	alone(t, filepath.Join(dir, "far"), "deep", "file")
	alone(t, far, "up")
	alone(t, dir, "far", "link", "near")
	t.Chdir(dir)
	fatal(t, WriteNamed("plain", text("here")), WriteNamed("near/../file", text("three")))
	holds(t, "plain", "here", 0o600)
	holds(t, filepath.Join("far", "file"), "three", 0o600)
	round := filepath.Join(dir, "round")
	fatal(t, os.Symlink("round", round))
	for _, name := range []string{round, far, filepath.Join(dir, "far", "file", "x"), filepath.Join(dir, "no", "x")} {
		if err := WriteNamed(name, text("x")); err == nil {
			t.Errorf("wrote %s", name)
		}
	}
}
