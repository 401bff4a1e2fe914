package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOpenSteady: a file that somebody writes to between its first byte and its end is
// ErrChanged, also where its size and its time say nothing.
func TestOpenSteady(t *testing.T) {
	old := time.Now().Add(-time.Hour)
	content := strings.Repeat("a", 5000)
	for name, c := range map[string]struct {
		at      time.Time // of the file
		change  func(name string) error
		changed bool
	}{
		"nothing":       {old, func(string) error { return nil }, false},
		"nothing, new":  {time.Now(), func(string) error { return nil }, false},
		"longer":        {old, appendTo("more"), true},
		"shorter":       {old, func(name string) error { return os.Truncate(name, 4500) }, true},
		"same size":     {old, overwrite("b", time.Now()), true},
		"same time":     {time.Now(), overwrite("b", time.Time{}), true},
		"replaced":      {old, func(name string) error { return WriteFile(name, text("another")) }, false}, // what was opened is whole
		"grown, as new": {time.Now(), appendTo("more"), true},
	} {
		file := filepath.Join(t.TempDir(), "f")
		fatal(t, os.WriteFile(file, []byte(content), 0o600), os.Chtimes(file, c.at, c.at))
		r, err := OpenSteady(file)
		fatal(t, err)
		begin := make([]byte, 100)
		_, err = io.ReadFull(r, begin)
		fatal(t, err, c.change(file))
		_, err = io.ReadAll(r)
		if errors.Is(err, ErrChanged) != c.changed || !c.changed && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := r.Read(begin); n != 0 || errors.Is(err, ErrChanged) != c.changed {
			t.Errorf("%s: after its end %d bytes, %v", name, n, err)
		}
		fatal(t, r.Close())
	}
}

func appendTo(more string) func(string) error {
	return func(name string) error {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString(more)
		return errors.Join(err, f.Close())
	}
}

// overwrite changes the beginning of a file in place; the zero time is the one it had.
func overwrite(with string, at time.Time) func(string) error {
	return func(name string) error {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if at.IsZero() {
			at = info.ModTime()
		}
		_, err = f.WriteString(with)
		return errors.Join(err, f.Close(), os.Chtimes(name, at, at))
	}
}
