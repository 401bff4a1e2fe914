package repo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHistoryHasOneWriter: whoever writes a revision elsewhere forgets its checksum or its
// contents. The triggers of other programs' writes are completed by sealRevisions.
func TestHistoryHasOneWriter(t *testing.T) {
	writes := regexp.MustCompile(`(INTO|UPDATE( OR \w+)?|DELETE FROM) (revisions|revision_blobs|tombstones)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := writes.FindAllString(string(text), -1)
		switch {
		case strings.HasSuffix(name, "_test.go") || name == "triggers.go":
		case strings.HasPrefix(name, "history_"):
			seen += len(found)
		case len(found) > 0:
			t.Errorf("%s writes history: %q", name, found)
		}
	}
	if seen < 6 {
		t.Errorf("only %d statements that write history were found", seen)
	}
}
