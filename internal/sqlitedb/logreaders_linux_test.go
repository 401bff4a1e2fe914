package sqlitedb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const childReads = "SQLITEDB_TEST_READS"

// TestLogReaders: another process that reads from the log is named while it does.
func TestLogReaders(t *testing.T) {
	if path := os.Getenv(childReads); path != "" {
		db := openTest(t, path, func(o *Options) { o.ReadOnly = true })
		_ = db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
			fmt.Println("reads:", tx.Get(ctx, new(int), sqlCount))
			select {}
		})
	}
	path := numberFile(t)
	db := openTest(t, path)
	if err := db.Do(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLogReaders$")
	cmd.Env = append(os.Environ(), childReads+"="+path)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "reads: <nil>\n" {
		t.Errorf("%q, %v", line, err)
	}
	names := func(p string) bool { return strings.HasPrefix(p, fmt.Sprintf("process %d (", cmd.Process.Pid)) }
	if list := LogReaders(path); !slices.ContainsFunc(list, names) {
		t.Errorf("process %d is not in %q", cmd.Process.Pid, list)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if list := LogReaders(path); len(list) > 0 {
		t.Errorf("nobody reads any more: %q", list)
	}
}
