package backuptest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Main runs the tests, which start their program again, with child as its first argument, as a process
// that can be killed.
func Main(m *testing.M, child func(args []string) error) {
	if len(os.Args) > 3 && os.Args[1] == "child" {
		if err := child(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Die ends this process as a kill does.
func Die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill()
	}
	select {}
}

const diskOf = "TASKSTORE_TEST_DISK" // the directory, for the process that has it

// OnDisk runs a test again, in a process that has a file system of that size of its own.
func OnDisk(t *testing.T, size string, test func(dir string)) {
	t.Helper()
	if dir := os.Getenv(diskOf); dir != "" {
		test(dir)
		return
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	mount := `mount -t tmpfs -o size=` + size + ` none "$1"`
	if err := exec.CommandContext(ctx, "unshare", "-rm", "sh", "-c", mount, "sh", dir).Run(); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	cmd := exec.CommandContext(ctx, "unshare", "-rm", "sh", "-c", mount+` && exec "$2" -test.v -test.run "^$3\$"`, "sh", dir, os.Args[0], t.Name())
	cmd.Env = append(os.Environ(), diskOf+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v: %s", err, out)
	}
}
