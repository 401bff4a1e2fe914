package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestLeftOfKilled: what a killed process had begun to write in a file's place goes with the next that writes there; what another
// process is writing stays, and so does every file that somebody else may have made.
func TestLeftOfKilled(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "all.zip")
	old := time.Now().Add(-2 * leftAge)
	put := func(base string) string {
		t.Helper()
		file := filepath.Join(dir, base)
		if err := errors.Join(os.WriteFile(file, []byte("begun"), 0o600), os.Chtimes(file, old, old)); err != nil {
			t.Fatal(err)
		}
		return base
	}
	stays := []string{put(".all.zip-1.tmp"), put(".all.zip-x1.taskstore.tmp"), put(".all.zip-.taskstore.tmp"), put(".other.zip-1.taskstore.tmp"), put("all.zip-1.taskstore.tmp"), "all.zip"}
	if err := os.Mkdir(filepath.Join(dir, ".all.zip-3.taskstore.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	stays = append(stays, ".all.zip-3.taskstore.tmp")
	for _, base := range []string{".all.zip-1.taskstore.tmp", ".all.zip-234567.taskstore.tmp"} {
		put(base)
	}
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	}
	err := WriteNamed(name, func(w io.Writer) error {
		begun, _ := filepath.Glob(filepath.Join(dir, ".all.zip-*[0-9].taskstore.tmp"))
		for _, file := range begun { // as if it had taken long
			if err := os.Chtimes(file, old, old); err != nil {
				return err
			}
		}
		return errors.Join(WriteNamed(name, write), write(w))
	})
	if err != nil {
		t.Fatalf("while another one writes there: %v", err)
	}
	var is []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		is = append(is, e.Name())
	}
	if slices.Sort(stays); err != nil || !slices.Equal(is, stays) {
		t.Errorf("there are %q, want %q: %v", is, stays, err)
	}
}
