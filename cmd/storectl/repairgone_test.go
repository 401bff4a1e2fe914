package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestRepairGone: of records that are gone behind the triggers a check says which they were, and a
// repair brings back from its history the one that has one; of the other it says what it was called.
func TestRepairGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	run := func(stdin string, want int, args ...string) string {
		t.Helper()
		var out strings.Builder
		code := Run(context.Background(), append([]string{"--store", dir}, args...), strings.NewReader(stdin), &out, &out, nil)
		if code != want {
			t.Fatalf("%v: exit %d, %s", args, code, out.String())
		}
		return out.String()
	}
	contains := func(text string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in:\n%s", part, text)
			}
		}
	}
	run("", 0, "init")
	run(`{"id":"kept","content":"before","timestamp":"2026-01-01T00:00:00.000Z"}`, 0, "put", "notes", "-")
	run(`{"id":"kept","content":"after","timestamp":"2026-01-01T00:00:00.000Z"}`, 0, "put", "notes", "-", "--yes")
	run(`{"id":"alone","content":"nothing else has this","timestamp":"2026-01-01T00:00:00.000Z","tags":["x"]}`, 0, "put", "notes", "-")
	run(`{"id":"ended","content":"purged","timestamp":"2026-01-01T00:00:00.000Z"}`, 0, "put", "notes", "-")
	run("", 0, "purge", "notes", "ended", "--yes")
	onDisk("DELETE FROM notes WHERE id IN ('kept', 'alone')")(t, dir)

	contains(run("", 13, "check"), "note kept, table notes", "the record is gone, and nobody has removed it; revision 1 of it is kept",
		`the record "nothing else has this" is gone, and nobody has removed it`)
	contains(run("", 0, "repair", "rows", "--dry-run"), "notes kept: gone; would be brought back from its history as revision 1, the newest that is kept")
	contains(run("", 0, "repair", "all", "--yes"), "notes kept: gone; brought back from its history as revision 1, the newest that is kept",
		`the record "nothing else has this" is gone, and nobody has removed it; taken out of lists and counts`)
	contains(run("", 0, "get", "notes", "kept"), `"content": "before"`)
	contains(run("", 0, "check"), "no damage was found")
	run("", 1, "get", "notes", "alone")
	run("", 1, "get", "notes", "ended")
}
