//go:build unix

package legacy_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/testdb"

	"golang.org/x/sys/unix"
)

// TestImportPipes: nothing that would wait for somebody is opened.
func TestImportPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "db/notes.json", `[{"id":"a","content":"x"}]`)
	if err := unix.Mkfifo(filepath.Join(dir, "db", "tasks.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan legacy.Report)
	go func() {
		r, err := legacy.Import(t.Context(), testdb.Open(t), dir, legacy.Options{})
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	select {
	case r := <-done:
		if f := pathsOf(t, r)["db/tasks.json"]; f.Status != record.StatusUnreadable || r.Verified || !r.Findings() || !strings.Contains(f.Warnings[0].Detail, "named pipe") {
			t.Errorf("%+v", f)
		}
	case <-time.After(time.Minute):
		t.Fatal("the import waits for the pipe")
	}
}
