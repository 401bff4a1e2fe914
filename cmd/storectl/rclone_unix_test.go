//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOffsiteRclone runs what the page says about rclone, twice with something new in between, and drills what has arrived.
func TestOffsiteRclone(t *testing.T) {
	needServers(t)
	if _, err := exec.LookPath("rclone"); err != nil {
		t.Skip("skipped: there is no rclone here")
	}
	text, err := os.ReadFile(filepath.Join("docs", "elsewhere.md"))
	fatal(t, err)
	_, page, _ := strings.Cut(string(text), "\n## Anything that rclone reaches\n")
	page, _, _ = strings.Cut(page, "\n## ")
	disk, remote := t.TempDir(), t.TempDir()
	t.Setenv("RCLONE_CONFIG", filepath.Join(disk, "rclone.conf"))
	t.Setenv("RCLONE_CONFIG_REMOTE_TYPE", "alias")
	t.Setenv("RCLONE_CONFIG_REMOTE_REMOTE", remote)
	store := template(t).store
	t.Setenv("STORECTL_STORE", store)
	key := initTarget(t, store, "dir:"+filepath.Join(disk, "sealed"))
	for round := range 2 {
		ask(t, store, "put", "notes", noteFile(t, fmt.Sprint("rclone-", round)))
		n := 0
		for line := range strings.Lines(page) {
			if !strings.HasPrefix(line, "storectl ") && !strings.HasPrefix(line, "rclone ") {
				continue
			}
			n++
			line = strings.ReplaceAll(line, "/media/disk", disk)
			if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
				t.Fatalf("%s%v: %s", line, err, out)
			}
		}
		if n != 8 {
			t.Errorf("%d commands, not 8", n)
		}
	}
	want := fingerprint(t, store)
	fatal(t, os.RemoveAll(filepath.Join(disk, "taskstore")), os.RemoveAll(filepath.Join(disk, "sealed")))
	for _, from := range []string{filepath.Join(remote, "taskstore"), "dir:" + filepath.Join(remote, "sealed")} {
		ask(t, filepath.Join(t.TempDir(), "none"), "backup", "drill", "latest", "--from", from, "--identity", key)
		gone := filepath.Join(t.TempDir(), "new")
		ask(t, gone, "backup", "restore", "latest", "--from", from, "--identity", key, "--yes")
		if got := fingerprint(t, gone); got != want {
			t.Errorf("%s: the store that came back is another one:\n%s\n%s", from, got, want)
		}
	}
}
