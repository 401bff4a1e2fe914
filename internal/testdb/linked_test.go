package testdb_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNotLinked: a program that uses the repositories, or imports and exports, has nothing in it of what takes
// things elsewhere: no sealing, no client of object storage.
func TestNotLinked(t *testing.T) {
	for _, name := range []string{"schema", "fts", "migrations", "blobs", "backup", "repo", "importexport", "importexport/legacy"} {
		out, err := exec.Command("go", "list", "-deps", module+name).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			for _, not := range []string{module + "backup/offsite", module + "internal/seal", "filippo.io/", "github.com/minio/"} {
				if strings.HasPrefix(line, not) {
					t.Errorf("%s is linked with %s", name, strings.TrimSpace(line))
				}
			}
		}
	}
}
